// Everything that coordinator and workers say to each other over their port: plain data, in order per
// direction. A worker lives for one attempt of the tasks: what is said belongs to that attempt.

import type { NamedCommittable } from '@sluice/core/connector'
import type { WireError } from '@sluice/core/internal'
import type { StepMetrics } from '../metrics/step-metrics.ts'
import type { SegmentRef } from '../state/state-backend.ts'

/** Where a job's definition comes from, in every thread. */
export type JobOrigin =
  | { readonly kind: 'module'; readonly url: string }
  /** Single-thread placement: a definition registered in this thread under a key. */
  | { readonly kind: 'registered'; readonly key: string }

/** Data for the start of a worker. */
export interface WorkerStart {
  readonly index: number
  readonly workers: number
  readonly origin: JobOrigin
  /** As the user gave them; each worker validates them itself. */
  readonly parameters: Readonly<Record<string, string>>
  readonly parallelism: number
  /** The hash of the plan that the coordinator computed; a worker with another refuses. */
  readonly planHash: string
  readonly logId: string
  readonly generation: number
  /** Where checkpoints are; undefined when they are off. */
  readonly storage: string | undefined
  readonly mode: 'exactly-once' | 'at-least-once'
  /** Freeze and check records and state (development, tests). */
  readonly freezes: boolean
  readonly channels: readonly SharedChannel[]
  /** One doorbell per worker, by index. */
  readonly doorbells: readonly SharedArrayBuffer[]
  /** What the subtasks of this worker restore; absent ones start empty. */
  readonly restore: readonly TaskRestore[]
  readonly metricsEveryMs: number
}

/** A ring between subtasks of different workers; pairs within a worker need none. */
export interface SharedChannel {
  readonly exchange: number
  readonly from: number
  readonly to: number
  readonly buffer: SharedArrayBuffer
}

/** What one subtask of a chain starts from. */
export interface TaskRestore {
  readonly chain: number
  readonly subtask: number
  /** The checkpoint whose snapshot this is. */
  readonly checkpoint: number
  /** By keyed step: the segments that cover at least the subtask's key groups, in order. */
  readonly keyed: Readonly<Record<string, readonly SegmentRef[]>>
  /** By step: elements of operator state. */
  readonly operators: Readonly<Record<string, readonly unknown[]>>
  /** By source step: splits to read on (with positions), and their highest event times. */
  readonly sources: Readonly<Record<string, readonly SplitSnapshot[]>>
  /** The watermark from which the task goes on; minus infinity for none. */
  readonly watermark: number
}

export interface SplitSnapshot {
  /** A SourceSplit: plain data. */
  readonly split: unknown
  /** Highest event time seen in this split; minus infinity for none. */
  readonly maxEventTime: number
}

/** What one subtask of a chain contributes to a checkpoint. */
export interface TaskSnapshot {
  readonly keyed: Readonly<Record<string, readonly SegmentRef[]>>
  readonly operators: Readonly<Record<string, readonly unknown[]>>
  readonly sources: Readonly<Record<string, readonly SplitSnapshot[]>>
  readonly watermark: number
  /** Input has ended and everything was processed before this barrier. */
  readonly finished: boolean
  /** Everything prepared since the last checkpoint known to be complete. */
  readonly committables: readonly NamedCommittable[]
  /** Durations in milliseconds, for metrics. */
  readonly alignmentMs: number
  readonly syncMs: number
  readonly asyncMs: number
}

export type ToWorker =
  /** All workers are ready: tasks may run. */
  | { readonly type: 'run' }
  | { readonly type: 'assign'; readonly step: string; readonly subtask: number; readonly splits: readonly unknown[] }
  | { readonly type: 'no-more-splits'; readonly step: string; readonly subtask: number }
  /** Known splits of this source are not assigned yet: hold watermarks back. */
  | { readonly type: 'pending'; readonly step: string; readonly pending: boolean }
  /** `stop`: after this barrier sources read nothing more (until `resume`). */
  | { readonly type: 'trigger'; readonly checkpoint: number; readonly stop: boolean }
  /** The manifest of this checkpoint stands in the log. */
  | { readonly type: 'completed'; readonly checkpoint: number }
  /** The checkpoint was given up; its records and committables belong to the next. */
  | { readonly type: 'abandoned'; readonly checkpoint: number }
  /** A stop was given up: read on. */
  | { readonly type: 'resume' }
  /** End quietly: close writers and readers, then say `closed`. */
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'ready'; readonly planHash: string }
  | { readonly type: 'request-split'; readonly step: string; readonly subtask: number }
  | {
      readonly type: 'acknowledge'
      readonly checkpoint: number
      readonly chain: number
      readonly subtask: number
      readonly snapshot: TaskSnapshot
    }
  | {
      readonly type: 'decline'
      readonly checkpoint: number
      readonly chain: number
      readonly subtask: number
      readonly error: WireError
    }
  /** All input of the subtask is processed and its sinks are flushed; it goes on acknowledging. */
  | { readonly type: 'finished'; readonly chain: number; readonly subtask: number }
  /** The worker cannot go on. */
  | { readonly type: 'failed'; readonly error: WireError }
  | { readonly type: 'metrics'; readonly steps: readonly StepMetrics[] }
  /** A line for standard output (console sink). */
  | { readonly type: 'output'; readonly line: string }
  | { readonly type: 'closed' }
