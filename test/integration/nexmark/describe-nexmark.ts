// Every query of Nexmark, run by processes that are killed, stopped and started again with another
// number of subtasks, against what PostgreSQL says of the same events. A file of tests for each
// backend, so that both run at the same time.

import { beforeAll, describe, expect, it } from 'vitest'
import { nexmarkEvents } from '../../../bench/nexmark/generator/nexmark-events.ts'
import { eventOptions } from '../../../bench/nexmark/nexmark-job.ts'
import { describeBesidePostgres } from './describe-beside-postgres.ts'
import { expectations } from './expected/expectations.ts'
import { play, type Scenario } from './scenario.ts'
import { parametersOf } from './scenarios.ts'
import { problemOf } from './comparison/verification.ts'

const events = 10_000
/** So that a run lasts for some checkpoints. */
const eventsPerRealSecond = 5000

const names = Object.keys(expectations)
const parameters = parametersOf(events, names)

/** Plays the scenarios one after the other, and compares each query of each. */
export async function describeNexmark(scenarios: readonly Scenario[]): Promise<void> {
  const eventAt = nexmarkEvents(eventOptions(parameters))
  await describeBesidePostgres('Nexmark', { count: events, eventAt }, (database) => {
    describe.each(scenarios)('$name', (scenario) => {
      let results: Awaited<ReturnType<typeof play>>

      beforeAll(async () => {
        results = await play(scenario, { ...parameters, PACE: String(eventsPerRealSecond) })
      }, 180_000)

      it.each(names)('%s gives what PostgreSQL gives', async (name) => {
        const problem = await problemOf(name, scenario, results.get(name) ?? [], database())
        expect(problem).toBeUndefined()
      })
    })
  })
}
