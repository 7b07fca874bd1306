// The same at a larger scale, by hand:
//
//   node --conditions=sluice-source test/integration/nexmark/main.ts --events 200000

import { parseArgs } from 'node:util'
import { nexmarkEvents } from '../../../bench/nexmark/generator/nexmark-events.ts'
import { eventOptions } from '../../../bench/nexmark/nexmark-job.ts'
import { postgres } from '../../services/postgres/postgres.ts'
import { NexmarkDatabase } from './database.ts'
import { expectations } from './expected/expectations.ts'
import { play } from './scenario.ts'
import { heapScenarios, parametersOf, rocksdbScenarios } from './scenarios.ts'
import { problemOf } from './comparison/verification.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    queries: { type: 'string', default: Object.keys(expectations).join(',') },
    seed: { type: 'string', default: '1' },
  },
})
const events = Number(values.events)
const names = values.queries.split(',')
const parameters = { ...parametersOf(events, names), SEED: values.seed }
let problems = 0

await postgres.provision()
const server = await postgres.start()
try {
  const eventAt = nexmarkEvents(eventOptions(parameters))
  const database = await NexmarkDatabase.fill(server.url, events, eventAt)
  try {
    await verifyAll(database)
  } finally {
    await database.close()
  }
} finally {
  await server.stop()
}
process.exitCode = problems === 0 ? 0 : 1

async function verifyAll(database: NexmarkDatabase): Promise<void> {
  for (const scenario of [...heapScenarios, ...rocksdbScenarios]) {
    const began = performance.now()
    const results = await play(scenario, parameters)
    console.log(`${scenario.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    for (const name of names) {
      const rows = results.get(name) ?? []
      const problem = await problemOf(name, scenario, rows, database)
      console.log(`  ${name}: ${rows.length} rows, ${problem ?? 'right'}`)
      if (problem !== undefined) problems++
    }
  }
}
