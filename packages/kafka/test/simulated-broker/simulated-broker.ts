// A simulated cluster of one broker as the list of cases wants it.

import type { BrokerUnderTest } from '../conformance/broker-under-test.ts'
import { ManualTime } from './manual-time.ts'
import { SimulatedConnection } from './simulated-connection.ts'
import { SimulatedKafka } from './simulated-kafka.ts'

export interface SimulatedBroker {
  readonly broker: BrokerUnderTest
  readonly cluster: SimulatedKafka
}

export function simulatedBroker(version: 1 | 2, markerDelayMs = 0): SimulatedBroker {
  const time = new ManualTime()
  const cluster = new SimulatedKafka({
    clock: time.clock,
    timers: time.timers,
    transactionVersion: version,
    abortSweepMs: 1_000,
    markerDelayMs: () => markerDelayMs,
  })
  let made = 0
  const broker: BrokerUnderTest = {
    version,
    nowMs: () => time.nowMs,
    pass: (delayMs) => time.pass(delayMs),
    unique: (name) => `${name}-${++made}`,
    async connect() {
      const connection = new SimulatedConnection(cluster, 1)
      return {
        async ask(api, exactly, request) {
          const body = api.request.encode(exactly, request)
          return api.response.decode(exactly, await connection.request(api.key, exactly, body))
        },
        close: () => connection.close(),
      }
    },
  }
  return { broker, cluster }
}
