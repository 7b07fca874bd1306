import { describe, test } from 'vitest'
import { brokerCases } from '../conformance/broker-cases.ts'
import { simulatedBroker } from './simulated-broker.ts'

describe.each([
  { version: 1, markerDelayMs: 0 },
  { version: 1, markerDelayMs: 5 },
  { version: 2, markerDelayMs: 0 },
  { version: 2, markerDelayMs: 5 },
] as const)('A simulated broker, version $version, $markerDelayMs ms', (options) => {
  test.for(brokerCases)('$name', async ({ run }) => {
    const { broker, cluster } = simulatedBroker(options.version, options.markerDelayMs)
    try {
      await run(broker)
    } finally {
      cluster.close()
    }
  })
})
