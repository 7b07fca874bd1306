// Query 12 counts by the clock, so its job runs in a simulated machine, whose clock is known. Bids
// come in the middle between borders of windows; a worker dies while some are on their way.

import { SimulatedWorld } from '@sluice/testing/simulator'
import { registerJob, runJob } from '@sluice/runtime'
import { runWorker } from '@sluice/runtime/internal'
import { defineJob, memorySink } from 'sluice'
import { expect, it } from 'vitest'
import { nexmarkEvents } from '../../../bench/nexmark/generator/nexmark-events.ts'
import { eventOptions } from '../../../bench/nexmark/nexmark-job.ts'
import { q12 } from '../../../bench/nexmark/queries/windows/q12.ts'
import { difference } from './comparison/multisets.ts'
import type { Row } from './database.ts'
import { describeBesidePostgres } from './describe-beside-postgres.ts'
import { scheduledSource } from './job/scheduled-source.ts'

const count = 6000
const recordAt = nexmarkEvents(eventOptions({}))
/** Where the clock of a simulated machine begins: at a border of ten seconds. */
const worldMs = 1_750_000_000_000
const schedule = { count, recordAt, firstMs: worldMs + 12_000, recordsAtOnce: 250, everyMs: 5000 }
const endMs = schedule.firstMs + (count / schedule.recordsAtOnce) * schedule.everyMs + 10_000

const windowStart = `
  (${schedule.firstMs} + index / ${schedule.recordsAtOnce} * ${schedule.everyMs}) / 10000 * 10000`
const expectedRows = `
  select bidder, count(*) as "bidCount", start as "startTime", start + 10000 as "endTime"
  from (select *, ${windowStart} as start from bid) b
  group by bidder, start`

await describeBesidePostgres('Query 12', { count, eventAt: recordAt }, (database) => {
  it.each([1, 2, 4])(
    'gives what PostgreSQL gives at parallelism %i, with workers that die',
    async (parallelism) => {
      const { rows, restarts } = await runByTheClock(parallelism)
      expect(restarts).toBe(2)
      expect(difference(rows, await database().rows(expectedRows))).toBeUndefined()
    },
    60_000,
  )
})

/** A worker dies just after bids have come, and once more some windows later. */
const deathsMs = [37_001, 72_020]

async function runByTheClock(parallelism: number) {
  const results = memorySink<Row>()
  const definition = defineJob({
    name: 'nexmark-q12',
    checkpoint: { every: '1s', storage: '/checkpoints' },
    parallelism,
    graph(job) {
      const events = job.from('events', scheduledSource({ ...schedule, endMs }), {
        eventTime: (event) => event.dateTime,
      })
      q12(events).to('results', results)
    },
  })
  const key = `q12-${parallelism}`
  const unregister = registerJob(key, definition)
  const world = new SimulatedWorld({ seed: parallelism, runWorker })
  const machine = world.startProcess('machine')
  for (const [nth, deathMs] of deathsMs.entries()) {
    world.schedule(deathMs, 'a worker dies', () =>
      machine.workers.at(-1 - (nth % parallelism))?.kill(),
    )
  }
  let restarts = -1
  machine.run(async (platform) => {
    const run = runJob(platform, { origin: { kind: 'registered', key }, freezes: true })
    const result = await run.done
    restarts = result.restarts
    if (result.outcome !== 'finished') throw result.error ?? new Error(result.outcome)
  })
  try {
    await world.run({ until: () => machine.exit !== undefined, untilMs: 600_000 })
  } finally {
    unregister()
  }
  if (machine.exit?.error !== undefined) throw machine.exit.error
  return { rows: results.records, restarts }
}
