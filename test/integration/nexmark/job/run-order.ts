// What a run of the job is told: how many subtasks, and how it ends.

import type { Phase } from '@sluice/runtime'

/** Where a run keeps its state. */
export type Backend = 'heap' | 'rocksdb'

export type RunEnd =
  | { readonly how: 'finish' }
  | { readonly how: 'stop'; readonly afterCheckpoints: number }
  | { readonly how: 'kill'; readonly afterCheckpoints: number; readonly phase: Phase }

export interface RunOrder {
  readonly parameters: Readonly<Record<string, string>>
  /** The folder of the checkpoints. */
  readonly storage: string
  readonly parallelism: number
  readonly state: {
    readonly backend: Backend
    readonly path: string
    readonly localRecovery?: boolean
  }
  readonly end: RunEnd
}
