// What a running job and those who control it say to each other: JSON over HTTP on the loopback
// interface. A request that takes its time is answered by lines, one JSON object each: signs of
// life and of progress, and at last what came of it.

import type { WireError } from '@sluice/core/internal'
import type { CheckpointSummary, SavepointSummary } from '../coordinator/job-run.ts'

/** Where a run listens, as its file says it. The file holds the token and is its owner's alone. */
export interface ControlFile {
  readonly version: 1
  readonly job: string
  readonly logId: string
  /** Of the first attempt of the run. */
  readonly generation: number
  /** `http://127.0.0.1:41234`. */
  readonly address: string
  readonly token: string
}

/** A run at a moment, as it tells it. */
export interface ControlStatus {
  readonly job: string
  readonly logId: string
  readonly generation: number
  readonly state: string
  readonly attempt: number
  readonly restarts: number
  readonly restoredFrom: number | null
  readonly lastCheckpoint: CheckpointSummary | null
  readonly completedCheckpoints: number
  readonly failedCheckpoints: number
  readonly commitsOwed: number
  readonly error: WireError | null
}

/** What came of a request. */
export interface ControlResult {
  readonly checkpoint: CheckpointSummary | null
  readonly savepoint: SavepointSummary | null
}

/** A line of an answer. */
export type ControlLine =
  | { readonly event: 'alive' }
  | {
      readonly event: 'progress'
      readonly segmentsDone: number
      readonly segments: number
      readonly bytesDone: number
      readonly bytes: number
    }
  | { readonly event: 'done'; readonly result: ControlResult }
  | { readonly event: 'failed'; readonly error: WireError }

/** The name of the file in the folder of the checkpoints. */
export const controlFileName = 'control.json'

/** How often an answer shows a sign of life. */
export const aliveEveryMs = 2_000
