// Two processes that take themselves for the same job: only one of them publishes.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JavaClient } from '../../packages/kafka/test/real/java-client.ts'
import { kafka } from '../services/kafka/kafka.ts'
import { whyUnavailable } from '../services/provisioned.ts'
import { sharedService } from '../services/shared/shared-service.ts'
import { type CopyEnd, killProcesses, type Strike } from './copy/copy-process.ts'
import { CopyWorld, exact } from './copy/copy-world.ts'
import { isFull } from './scale.ts'

const why = await whyUnavailable(kafka)
const count = 12_000
const speed = 8

/** Where a sleeper may be while its successor does its work. */
const sleeps: readonly Strike['at'][] = isFull
  ? ['triggered', 'before-manifest', 'after-manifest', 'before-commit', 'in-commit', 'after-commit']
  : ['before-commit']

beforeEach(({ skip }) => skip(why !== undefined, why))
afterEach(killProcesses)

describe.each([
  ['transaction', 2, 'kafka'],
  ['staged', 2, 'kafka'],
  ...(isFull
    ? ([
        ['transaction', 1, 'kafka with transaction version 1'],
        ['staged', 1, 'kafka with transaction version 1'],
      ] as const)
    : []),
] as const)('a copy by commit: %s, transaction version %i', (commit, _version, service) => {
  let url: string
  let java: JavaClient
  let world: CopyWorld

  beforeAll(async () => {
    if (why !== undefined) return
    url = await sharedService(service)
    java = await JavaClient.start(url)
  }, 120_000)

  afterAll(() => java?.close())

  beforeEach(async () => {
    world = await CopyWorld.make({ url, java }, commit, count)
    return () => world.end()
  }, 60_000)

  async function expectExact({ how, errors }: CopyEnd): Promise<void> {
    expect(how, errors).toBe('finished')
    expect(await world.stillOpen()).toEqual([])
    expect(await world.judge()).toEqual(exact)
  }

  if (isFull || commit === 'transaction')
    it('is exact when it is started twice: the first is fenced', async () => {
      const first = world.start({ speed })
      await first.until('committed')
      const second = world.start()
      expect(await first.ended).toMatchObject({ how: 'fenced' })
      await expectExact(await second.ended)
    }, 90_000)

  it.each(sleeps)(
    'is exact when a sleeper (%s) wakes after its successor',
    async (at) => {
      const sleeper = world.start({ speed, strike: { at, nth: 2, signal: 'SIGSTOP' } })
      await sleeper.until('struck')
      const successor = await world.start().ended
      sleeper.signal('SIGCONT')
      const { how, errors } = await sleeper.ended
      expect(how, errors).toBe('fenced')
      await expectExact(successor)
    },
    90_000,
  )

  if (isFull || commit === 'staged')
    it('is refused a second history under its name, unless it starts over', async () => {
      await expectExact(await world.start().ended)
      const storage = world.storage('elsewhere')
      const refused = await world.start({ storage }).ended
      expect(refused, refused.errors).toMatchObject({ how: 'failed', code: 'SINK_FOREIGN_HISTORY' })
      expect(await world.judge()).toEqual(exact)
      const anew = await world.start({ storage, startOver: true }).ended
      expect(anew.how, anew.errors).toBe('finished')
      expect(await world.judge()).toMatchObject({ lost: 0, doubled: count })
    }, 90_000)
})
