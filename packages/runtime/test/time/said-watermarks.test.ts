// Watermarks that the job says itself, on the real engine, through crashes and another parallelism:
// what a sign promises is kept, and nothing is late that no sign was before.

import { count, defineJob, generatorSource, memorySink, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'

interface Row {
  readonly at: number
  readonly isSign: boolean
}

const splits = 4
const rows = 12_000
const windowMs = 100

/** A hundred rows of a split are in any order; then a sign says that they are complete. */
const source = generatorSource({
  count: rows,
  splits,
  ratePerSecond: 5_000,
  generate: (index, random): Row => {
    const [round, place] = [Math.floor(index / splits / 100), Math.floor(index / splits) % 100]
    const isSign = place === 99
    return { isSign, at: round * 1000 + (isSign ? 999 : random.integer(1000)) }
  },
})

function rowsJob() {
  const out = memorySink<{ window: { start: number }; value: { n: number } }>()
  const late = memorySink<Row>()
  const definition = defineJob({
    name: 'said-watermarks',
    graph: (job) => {
      const windows = job
        .from('rows', source, {
          eventTime: (row) => row.at,
          watermark: (row, at) => (row.isSign ? at : undefined),
        })
        .filter((row) => !row.isSign)
        .keyBy((row) => row.at % 7)
        .window(tumbling(`${windowMs}ms`))
        .aggregate('counts', { n: count() })
      windows.to('out', out)
      windows.late.to('late', late)
    },
  })
  return { job: new EngineJob(definition), out, late }
}

it.each([1, 2])('no row is late and each is counted, from %i subtasks to three', async (first) => {
  const { job, out, late } = rowsJob()
  job.start(first)
  await job.untilCheckpoints(2)
  job.killWorker()
  await job.untilCheckpoints(2)
  job.run?.cancel()
  await job.run?.done
  expect(await job.start(3).done).toMatchObject({ outcome: 'finished' })
  expect(late.records).toEqual([])
  const counted = out.records.reduce((sum, { value }) => sum + value.n, 0)
  expect(counted).toBe(rows - rows / 100)
})
