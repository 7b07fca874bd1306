import { createNodePlatform } from '@sluice/runtime/internal'
import { beforeEach, describe, expect, test } from 'vitest'
import { kafka } from '../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../test/services/shared/shared-service.ts'
import { connectBroker } from '../../src/wire/connection/connect-broker.ts'
import { brokerCases } from '../conformance/broker-cases.ts'
import type { AskingConnection, BrokerUnderTest } from '../conformance/broker-under-test.ts'
import { placeOf, plainOptions } from '../wire/wire-context.ts'

const platform = createNodePlatform()
const why = await whyUnavailable(kafka)

beforeEach(({ skip }) => skip(why !== undefined, why))

const services = { 1: 'kafka with transaction version 1', 2: 'kafka' } as const

describe.each([1, 2] as const)('A real broker, transactions of version %i', (version) => {
  const opened: AskingConnection[] = []

  const broker: BrokerUnderTest = {
    version,
    nowMs: () => platform.clock.now(),
    pass: (delayMs) => platform.timers.sleep(delayMs),
    unique: uniqueName,
    async connect() {
      const [host, port] = placeOf(await sharedService(services[version]))
      const session = await connectBroker(platform, host, port, plainOptions)
      const connection: AskingConnection = {
        ask(api, exactly, request) {
          expect(session.versions.newestOf(api, exactly)).toBe(exactly)
          return session.send(api, request, { atMost: exactly })
        },
        close: () => session.close(),
      }
      opened.push(connection)
      return connection
    },
  }

  test.for(brokerCases)('$name', { timeout: 60_000 }, async ({ run }) => {
    try {
      await run(broker)
    } finally {
      for (const connection of opened.splice(0)) connection.close()
    }
  })
})
