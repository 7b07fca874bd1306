// Every query of Nexmark, run by processes that are killed, stopped and started again with another
// number of subtasks, against what PostgreSQL says of the same events.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nexmarkEvents } from '../../../bench/nexmark/generator/nexmark-events.ts'
import { eventOptions } from '../../../bench/nexmark/nexmark-job.ts'
import { queries } from '../../../bench/nexmark/queries.ts'
import { postgres } from '../../services/postgres/postgres.ts'
import { whyUnavailable } from '../../services/provisioned.ts'
import type { RunningService } from '../../services/service.ts'
import { difference, lastRows } from './comparison.ts'
import { NexmarkDatabase } from './database.ts'
import { expectations } from './expected/expectations.ts'
import { play, type Scenario } from './scenario.ts'

const events = 15_000
const names = Object.keys(queries)

/** Some minutes of events, spread by pauses over a night and the morning after it. */
const parameters = {
  EVENTS: String(events),
  QUERIES: names.join(','),
  EVENTS_PER_SECOND: '100',
  DISORDER: '10',
  PAUSE_EVERY: '1000',
  PAUSE_MS: '3600000',
  START_MS: String(Date.UTC(2015, 6, 14, 19, 40)),
  PACE: '5000',
}

const finish = { how: 'finish' } as const
const scenarios: readonly Scenario[] = [
  {
    name: 'one subtask, killed after a commit',
    splits: 1,
    runs: [
      { parallelism: 1, end: { how: 'kill', afterCheckpoints: 2, phase: 'after-commit' } },
      { parallelism: 1, end: finish },
    ],
  },
  {
    name: 'two subtasks, killed between manifest and commit',
    splits: 1,
    runs: [
      { parallelism: 2, end: { how: 'kill', afterCheckpoints: 2, phase: 'after-manifest' } },
      { parallelism: 2, end: finish },
    ],
  },
  {
    name: 'four subtasks and splits, killed while barriers align',
    splits: 4,
    runs: [
      { parallelism: 4, end: { how: 'kill', afterCheckpoints: 2, phase: 'aligning' } },
      { parallelism: 4, end: finish },
    ],
  },
  {
    name: 'two subtasks, then four, killed in a commit, then one',
    splits: 1,
    runs: [
      { parallelism: 2, end: { how: 'stop', afterCheckpoints: 2 } },
      { parallelism: 4, end: { how: 'kill', afterCheckpoints: 2, phase: 'in-commit' } },
      { parallelism: 1, end: finish },
    ],
  },
]

const why = await whyUnavailable(postgres)

describe('Nexmark', () => {
  let server: RunningService | undefined
  let database: NexmarkDatabase

  beforeAll(async () => {
    if (why !== undefined) return
    server = await postgres.start()
    const eventAt = nexmarkEvents(eventOptions(parameters))
    database = await NexmarkDatabase.fill(server.url, events, eventAt)
  }, 60_000)

  afterAll(async () => {
    await database?.close()
    await server?.stop()
  })

  describe.each(scenarios)('$name', (scenario) => {
    let results: Awaited<ReturnType<typeof play>>

    beforeAll(async () => {
      if (why === undefined) results = await play(scenario, parameters)
    }, 120_000)

    it.each(names)('%s gives what PostgreSQL gives', async (name) => {
      const { rows, updates } = expectations[name]!
      const expected = await database.rows(rows)
      expect(expected.length).toBeGreaterThan(0)
      const actual = results.get(name) ?? []
      const final = updates === undefined ? actual : lastRows(actual, updates.key)
      expect(difference(final, expected)).toBeUndefined()
      const subtasks = Math.max(...scenario.runs.map(({ parallelism }) => parallelism))
      if (updates === undefined || scenario.splits > 1) return
      if (updates.needsOneSubtask === true && subtasks > 1) return
      expect(difference(actual, await database.rows(updates.rows))).toBeUndefined()
    })
  })
})
