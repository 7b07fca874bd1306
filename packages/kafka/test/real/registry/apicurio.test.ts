import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { apicurio } from '../../../../../test/services/apicurio/apicurio.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import type { RunningService } from '../../../../../test/services/service.ts'
import { registryCases } from '../../format/registry/registry-cases.ts'

const why = await whyUnavailable(apicurio)

beforeEach(({ skip }) => skip(why !== undefined, why))

describe('with Apicurio', () => {
  let server: RunningService | undefined
  beforeAll(async () => {
    if (why === undefined) server = await apicurio.start()
  }, 150_000)
  afterAll(() => server?.stop())
  registryCases(() => server?.url ?? '', 'run1')
})
