// What a simulated job looks like, as data. A seed draws it; the job is built from it, and a naive
// evaluation of it says what must come out.

import type { TailShape } from './tails/shape/tail-shape.ts'

export interface InputShape {
  readonly name: string
  readonly kind: 'generator' | 'memory' | 'files'
  readonly records: number
  /** Splits of a generator, files of a folder; 1 for memory. */
  readonly lanes: number
  /** Roughly how long reading takes when nothing goes wrong. */
  readonly durationMs: number
  /** Records that one poll hands over at most. */
  readonly batchRecords: number
  /** Event time between two records of a lane, on average. */
  readonly stepMs: number
  /** How far behind its lane a record may be; the source allows just that. */
  readonly outOfOrderMs: number
  /** The share of records that are further behind. */
  readonly tooLateShare: number
  /** Subtasks of the source, where it has a parallelism of its own. */
  readonly parallelism: number | undefined
  /** Files in order of time. */
  readonly orderedByTime: boolean
  /** Files are cut into several splits, which breaks the order within a file. */
  readonly cutBytes: number | undefined
  /** The job says watermarks itself, at some of the records. */
  readonly saysWatermarks: boolean
  /** How far ahead of the slowest input this one may be; undefined: nobody waits for it. */
  readonly maxDriftMs: number | undefined
}

export type StageShape =
  | { readonly kind: 'map' }
  | { readonly kind: 'filter'; readonly keepsOutOf: number }
  | { readonly kind: 'flat-map'; readonly most: number }
  | { readonly kind: 'rebalance' }
  /** Each record reaches every subtask of the next step; only where the parallelism stays. */
  | { readonly kind: 'broadcast'; readonly copies: number }
  /** Now and then a record becomes thousands at once, which cross an exchange and are dropped. */
  | { readonly kind: 'burst'; readonly every: number; readonly records: number }
  | {
      readonly kind: 'map-async'
      readonly ordered: boolean
      readonly concurrency: number
      readonly longestDelayMs: number
      readonly timeoutMs: number
      readonly retries: number
    }

/** Where on the line of event time the records lie. */
export interface EventTimeShape {
  readonly startMs: number
  /** Days instead of minutes, where windows follow the clocks of a time zone. */
  readonly scale: number
  readonly timeZone: string | undefined
}

export interface CheckpointShape {
  readonly everyMs: number
  readonly minPauseMs: number
  readonly timeoutMs: number
  readonly maxConcurrent: number
  readonly keep: number
  readonly tolerableFailures: number
}

export interface SinkShape {
  readonly rollBytes: number | undefined
  readonly rollEveryMs: number | undefined
  readonly buckets: number
  readonly compress: 'gzip' | 'zstd' | undefined
}

export interface JobShape {
  readonly inputs: readonly InputShape[]
  readonly hasEventTime: boolean
  readonly time: EventTimeShape
  /** Keys of a lane are found in no other lane, so that the order per key is known. */
  readonly keysByLane: boolean
  readonly keys: number
  readonly stages: readonly StageShape[]
  readonly tail: TailShape
  readonly checkpoint: CheckpointShape
  readonly sink: SinkShape
  /** Of the first run, the second, and so on, over and over. */
  readonly parallelisms: readonly number[]
  /** Of a channel between two workers; undefined for the engine's own size. */
  readonly ringBytes: number | undefined
  readonly freezes: boolean
  readonly metricsEveryMs: number
}

/** Whether the records of a lane arrive at the last step in their order. */
export function keepsOrder(shape: JobShape): boolean {
  const mixes = ({ cutBytes, parallelism }: InputShape) =>
    cutBytes !== undefined || parallelism !== undefined
  if (shape.inputs.some(mixes)) return false
  return shape.stages.every((stage) => {
    if (stage.kind === 'rebalance' || stage.kind === 'broadcast') return false
    // What is in flight is dealt out anew when the parallelism changes.
    return stage.kind !== 'map-async' || (stage.ordered && !rescales(shape))
  })
}

/** Whether the parallelism changes from run to run, and with it whose watermark a subtask has. */
export function rescales({ parallelisms }: JobShape): boolean {
  return new Set(parallelisms).size > 1
}
