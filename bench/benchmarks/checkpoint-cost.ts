// What a checkpoint of a million open windows costs while the job runs at full speed: how long a
// task takes no bid, and how many bytes are written.

import { join } from 'node:path'
import { type Benchmark, type Scale, scaled, tinyScale } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import type { Figure } from '../harness/figure.ts'
import { median, summary } from '../harness/statistics.ts'
import type { Checkpoints, CheckpointsOrder } from '../programs/checkpoints.ts'

const keys = 1_000_000

interface HeldLoad {
  /** One of so many windows changes between two checkpoints. */
  readonly each: number
  readonly everyMs: number
  readonly incremental: boolean
  /** Checkpoints that pass once all windows are there, and those that are measured. */
  readonly skipped: number
  readonly measured: number
}

/**
 * The stall: the longest time in which a task took no bid while a checkpoint was under way, over
 * eight of them in a row. Beside it the longest one while none was: what the machine, the other
 * tasks and collections of garbage make.
 */
const stallLoad: HeldLoad = {
  each: 10,
  everyMs: 1000,
  incremental: true,
  skipped: 3,
  measured: 8,
}

/**
 * The bytes: all that a checkpoint writes of state, as the mean of 64 checkpoints in a row, as a
 * part of what the same job writes where they are not incremental. So many others went before that
 * old segments are replaced all the time: the key groups that are written whole for that count too.
 * Beside it the smallest of them, which is the changes alone, and as a figure of its own the
 * largest.
 */
const bytesLoad: HeldLoad = {
  each: 100,
  everyMs: 100,
  incremental: true,
  skipped: 64,
  measured: 64,
}

const wholeLoad: HeldLoad = { ...bytesLoad, incremental: false, skipped: 1, measured: 1 }

const checkpointStall: Benchmark = {
  figures: ['checkpoint-stall-1m'],
  async *run(_wanted, scale, tell): AsyncIterable<Figure> {
    const stalls: number[] = []
    const others: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      const { checkpoints, longestGapBetweenMs } = await runHeld(stallLoad, scale)
      const gaps = checkpoints.map(({ longestGapMs }) => longestGapMs)
      stalls.push(Math.max(...gaps))
      others.push(longestGapBetweenMs)
      const each = [...gaps, longestGapBetweenMs].map((gap) => gap.toFixed(1)).join(' ')
      tell(`checkpoint-stall-1m, run ${run + 1}: ${each} (between) ms`)
    }
    const between = median(others)
    yield {
      name: 'checkpoint-stall-1m',
      ...summary(stalls),
      unit: 'ms',
      ...(between > 0 ? { baseline: { name: 'between', value: between } } : {}),
      bar: { value: 15, direction: 'at-most' },
    }
  },
}

const incrementalBytes: Benchmark = {
  figures: ['incremental-bytes-1m', 'incremental-bytes-most-1m'],
  async *run(_wanted, scale, tell): AsyncIterable<Figure> {
    const means: number[] = []
    const leasts: number[] = []
    const mosts: number[] = []
    for (let run = 0; run < scale.runs; run++) {
      const [whole] = (await runHeld(wholeLoad, scale)).checkpoints
      const wholeBytes = whole?.newBytes ?? Number.NaN
      const { checkpoints } = await runHeld(bytesLoad, scale)
      const parts = checkpoints.map(({ newBytes }) => (100 * newBytes) / wholeBytes)
      means.push(parts.reduce((sum, part) => sum + part, 0) / parts.length)
      leasts.push(Math.min(...parts))
      mosts.push(Math.max(...parts))
      tell(
        `incremental-bytes-1m, run ${run + 1}: ${means.at(-1)?.toFixed(2)} % ` +
          `of ${(wholeBytes / 1e6).toFixed(1)} MB, at most ${mosts.at(-1)?.toFixed(2)} %`,
      )
    }
    yield {
      name: 'incremental-bytes-1m',
      ...summary(means),
      unit: 'percent',
      baseline: { name: 'changes', value: median(leasts) },
      bar: { value: 3, direction: 'at-most' },
    }
    yield { name: 'incremental-bytes-most-1m', ...summary(mosts), unit: 'percent' }
  },
}

export const checkpointCosts: readonly Benchmark[] = [checkpointStall, incrementalBytes]

/** Fails where the job was too slow for all that should change between two checkpoints to do so. */
async function runHeld(load: HeldLoad, scale: Scale): Promise<Checkpoints> {
  const { each, everyMs, incremental, skipped, measured } = load
  const records = scaled(keys, scale)
  const run = await withFolder((folder) => {
    const order: CheckpointsOrder = {
      job: 'held-windows',
      parameters: { KEYS: String(records), EACH: String(each) },
      settings: {
        parallelism: 2,
        checkpoint: { everyMs, minPauseMs: everyMs / 10, storage: join(folder, 'checkpoints') },
        state: { incremental },
      },
      step: 'count',
      records,
      skipped: scaled(skipped, scale),
      measured: scaled(measured, scale),
    }
    return runProgram<Checkpoints>('checkpoints', order)
  })
  if (scale !== tinyScale && run.recordsBetween < records / each) {
    throw new Error(`Only ${run.recordsBetween} records came between two checkpoints.`)
  }
  return run
}
