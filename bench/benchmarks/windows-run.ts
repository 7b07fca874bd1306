// One run of windows over bids, as a job or as a plain loop beside it. What all of them have in
// common: two workers with a shuffle between them, a checkpoint every second into a local folder,
// and event time that goes with the bids, so that windows are over all the time.

import { join } from 'node:path'
import { type Scale, scaled } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import type { WindowParameters } from '../jobs/windows.ts'
import type { PlainWindowsOrder } from '../programs/plain-windows.ts'
import type { Throughput, ThroughputOrder } from '../programs/throughput.ts'

export interface WindowLoad {
  readonly window: 'tumbling' | 'sliding' | 'session'
  readonly keys: number
  /** How many bids a second of event time holds. */
  readonly bidsPerSecond: number
  /** Of a window, or the gap between sessions. */
  readonly lengthSeconds: number
  /** Of sliding windows: from one end to the next. */
  readonly everySeconds?: number
  /** Seconds of event time that pass before the measurement, at least; 2 unless said. */
  readonly warmUpSeconds?: number
  /** Those that are measured, at least, so that windows fire; 2 unless said. */
  readonly measuredSeconds?: number
  /** In RocksDB, with so much memory for the state of a worker. */
  readonly rocksDbBytes?: number
}

const warmUpMs = 2500
const measureMs = 4000
/** A plain loop is warm sooner, and does the same all the time. */
const plainWarmUpMs = 1000
const plainMeasureMs = 2000

/** Runs the job; fails where no window was over or a bid came late. */
export async function runWindows(load: WindowLoad, scale: Scale): Promise<Throughput> {
  const { window, keys, lengthSeconds, everySeconds = lengthSeconds } = load
  const bidsPerSecond = scaled(load.bidsPerSecond, scale)
  const parameters: WindowParameters = {
    WINDOW: window,
    KEYS: String(scaled(keys, scale)),
    BIDS_PER_SECOND: String(bidsPerSecond),
    LENGTH: `${lengthSeconds}s`,
    EVERY: `${everySeconds}s`,
  }
  const run = await withFolder((folder) => {
    const order: ThroughputOrder = {
      job: 'windows',
      parameters,
      settings: {
        parallelism: 2,
        checkpoint: { storage: join(folder, 'checkpoints') },
        ...(load.rocksDbBytes === undefined
          ? {}
          : { state: rocksDb(folder, scaled(load.rocksDbBytes, scale)) }),
      },
      step: 'count',
      results: 'counts',
      ...measuring(load, scale),
    }
    return runProgram<Throughput>('throughput', order)
  })
  if (run.results === 0) throw new Error('No window was over while it was measured.')
  if (run.late > 0) throw new Error(`${run.late} bids came late, and were not counted.`)
  return run
}

/** Records a second of the plain loop. */
export async function runPlainWindows(
  load: WindowLoad & { readonly window: PlainWindowsOrder['window'] },
  scale: Scale,
): Promise<number> {
  const order: PlainWindowsOrder = {
    window: load.window,
    keys: scaled(load.keys, scale),
    bidsPerSecond: scaled(load.bidsPerSecond, scale),
    lengthMs: load.lengthSeconds * 1000,
    ...measuring(load, scale),
    warmUpMs: scaled(plainWarmUpMs, scale),
    measureMs: scaled(plainMeasureMs, scale),
  }
  const result = await runProgram<{ recordsPerSecond: number }>('plain-windows', order)
  return result.recordsPerSecond
}

/** A run in words. */
export function told(run: Throughput): string {
  const { recordsPerSecond, processorUsPerRecord, results, stateEntries } = run
  const rate = `${(recordsPerSecond / 1e6).toFixed(2)} M records/s`
  const cost = `${processorUsPerRecord.toFixed(2)} µs of processor each`
  return `${rate}, ${cost}, ${results} results, ${stateEntries} entries held`
}

function rocksDb(folder: string, memoryBytes: number) {
  return { backend: 'rocksdb', path: join(folder, 'state'), memoryBytes } as const
}

function measuring(load: WindowLoad, scale: Scale) {
  const { bidsPerSecond, warmUpSeconds = 2, measuredSeconds = 2 } = load
  return {
    warmUpMs: scaled(warmUpMs, scale),
    warmUpRecords: scaled(bidsPerSecond * warmUpSeconds, scale),
    measureMs: scaled(measureMs, scale),
    measureRecords: scaled(bidsPerSecond * measuredSeconds, scale),
  }
}
