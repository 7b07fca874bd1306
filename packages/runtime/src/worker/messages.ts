// Everything that coordinator and workers say to each other over their port: plain data, in order
// per direction. A worker lives for one attempt of the tasks: what is said belongs to that attempt.

import type { Logger } from '@sluice/core/connector'
import type { StateSettings, WireError } from '@sluice/core/internal'
import type { StepMetrics } from '../metrics/step-metrics.ts'
import type { TaskMessage, TaskRestore } from '../task/task-messages.ts'

export type { SplitSnapshot, TaskRestore, TaskSnapshot } from '../task/task-messages.ts'

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
  readonly state: StateSettings
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

export type ToWorker =
  /** All workers are ready: tasks may run. */
  | { readonly type: 'run' }
  | {
      readonly type: 'assign'
      readonly step: string
      readonly subtask: number
      readonly splits: readonly unknown[]
    }
  | { readonly type: 'no-more-splits'; readonly step: string; readonly subtask: number }
  /** Known splits of this source are not assigned yet: hold watermarks back. */
  | { readonly type: 'pending'; readonly step: string; readonly pending: boolean }
  /** How far the slowest of the sources is with which this one is aligned. */
  | { readonly type: 'align'; readonly step: string; readonly lowest: number }
  /** `stop`: after this barrier sources read nothing more (until `resume`). */
  | { readonly type: 'trigger'; readonly checkpoint: number; readonly stop: boolean }
  /** The manifest of this checkpoint stands in the log. */
  | { readonly type: 'completed'; readonly checkpoint: number }
  /** The checkpoint was given up; its records and committables belong to the next. */
  | { readonly type: 'abandoned'; readonly checkpoint: number }
  /** Sources end here, at a record boundary, as if all their input had been read. */
  | { readonly type: 'drain' }
  /** A stop was given up: read on. */
  | { readonly type: 'resume' }
  /** End quietly: close writers and readers, then say `closed`. */
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'ready'; readonly planHash: string }
  | TaskMessage
  /** The worker cannot go on. */
  | { readonly type: 'failed'; readonly error: WireError }
  | { readonly type: 'metrics'; readonly steps: readonly StepMetrics[] }
  /** A line for the log of the run; see `forwarded-log.ts`. */
  | {
      readonly type: 'log'
      readonly level: keyof Logger
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'closed' }
