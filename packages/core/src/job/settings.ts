// The settings of a job after validation: numbers with their units, every default applied.
// What a user writes ('10s') is parsed in define-job; the engine reads only this.

export interface CheckpointSettings {
  readonly everyMs: number
  readonly minPauseMs: number
  readonly timeoutMs: number
  readonly maxConcurrent: number
  /** How many completed checkpoints are retained. */
  readonly keep: number
  /** Failures in a row that are tolerated before the tasks are restarted. */
  readonly tolerableFailures: number
  readonly mode: 'exactly-once' | 'at-least-once'
  /** A path; undefined: `.sluice/<job>` in the working directory. */
  readonly storage?: string
}

export type RestartSettings =
  | {
      /** At once the first time, then with growing delays and jitter. */
      readonly strategy: 'exponential'
      readonly initialDelayMs: number
      readonly maxDelayMs: number
      /** After running this long without a failure the delays start anew. */
      readonly resetAfterMs: number
      /** Undefined: without end. */
      readonly maxAttempts?: number
      /**
       * How often the tasks are started again for one error of the user's code while no checkpoint
       * completes. Undefined: without end, which holds where the job says how it is restarted.
       */
      readonly userErrorRestarts?: number
    }
  | { readonly strategy: 'fixed'; readonly delayMs: number; readonly maxAttempts: number }
  | { readonly strategy: 'none' }

export interface StateSettings {
  readonly backend: 'heap' | 'rocksdb'
  /** Undefined: `.sluice/.state/<job>` in the working directory. */
  readonly path?: string
  readonly incremental: boolean
  /** For all backends of a worker together, where state is on disk. */
  readonly memoryBytes: number
  /** Absent: no. */
  readonly localRecovery?: boolean
}

export interface JobSettings {
  readonly checkpoint: CheckpointSettings | 'off'
  readonly restart: RestartSettings
  /** Undefined: the cores available, at most 4. */
  readonly parallelism?: number
  /** Key groups; 128 unless set. Part of every snapshot. */
  readonly maxParallelism: number
  /** Limit of a worker's memory in bytes; undefined: the engine's default. */
  readonly memoryPerWorkerBytes?: number
  readonly state: StateSettings
}
