import { beforeEach, describe, test } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService } from '../../../../test/services/shared/shared-service.ts'
import { brokerCases } from '../conformance/broker-cases.ts'
import { realBroker } from './real-broker.ts'

const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))

const services = { 1: 'kafka with transaction version 1', 2: 'kafka' } as const

describe.each([1, 2] as const)('A real broker, transactions of version %i', (version) => {
  const broker = realBroker(version, () => sharedService(services[version]))

  test.for(brokerCases)('$name', { timeout: 60_000 }, async ({ run }) => {
    try {
      await run(broker)
    } finally {
      broker.closeAll()
    }
  })
})
