// What a user writes in `defineJob`. Numbers with units are texts ('10s'); defaults stand in
// `parse-settings.ts`. An option that does not work yet is absent here.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { DeadLetter, Source, SourceSplit } from '../connector/source.ts'
import type { NamedStepOptions } from '../stream/graph-builder.ts'
import type { SourceStream } from '../stream/streams.ts'
import type { Duration } from '../time/duration.ts'

/** Checkpoints of a job; all of it has defaults. */
export interface CheckpointOptions {
  /** Time between the starts of two checkpoints; `'10s'` unless set. */
  readonly every?: Duration
  /**
   * Least time between the end of one and the start of the next: half of `every`, at most 500 ms.
   */
  readonly minPause?: Duration
  /** A checkpoint that takes longer has failed; `'10m'` unless set. */
  readonly timeout?: Duration
  /** How many may be under way at once; 1 unless set. */
  readonly maxConcurrent?: number
  /** How many completed checkpoints are retained; 3 unless set. */
  readonly keep?: number
  /** Failures in a row that are tolerated before the tasks are restarted; 0 unless set. */
  readonly tolerableFailures?: number
  /** `'exactly-once'` unless set. */
  readonly mode?: 'exactly-once' | 'at-least-once'
  /** Where checkpoints are kept; `.sluice/<job>` in the working directory unless set. */
  readonly storage?: string
}

/**
 * What happens after a failure; exponential unless set. Only where it is not set, the job also
 * fails when one error of the user's code comes back a fourth time with no checkpoint completed in
 * between.
 */
export type RestartOptions =
  | {
      readonly strategy: 'exponential'
      /** Delay of the second restart in a row (the first is at once); `'1s'` unless set. */
      readonly initialDelay?: Duration
      /** `'1m'` unless set. */
      readonly maxDelay?: Duration
      /** After running this long without a failure the delays start anew; `'10m'` unless set. */
      readonly resetAfter?: Duration
      /** Without end unless set. */
      readonly maxAttempts?: number
    }
  | { readonly strategy: 'fixed'; readonly delay: Duration; readonly maxAttempts: number }
  | { readonly strategy: 'none' }

/** A size in memory: a number and a unit of 1024 bytes and so on, without a space. */
export type MemorySize = `${number}${'KiB' | 'MiB' | 'GiB'}`

/** Limits of memory. */
export interface MemoryOptions {
  /** A worker that needs more ends with an error instead of taking the machine down. */
  readonly perWorker?: MemorySize
}

/** Where keyed state is kept; in memory unless set. */
export interface KeyedStateOptions {
  /**
   * `'heap'`: live objects in memory, which is fastest. `'rocksdb'`: on the local disk, for state
   * that is larger than memory; needs the package `@sluice/rocksdb`.
   */
  readonly backend?: 'heap' | 'rocksdb'
  /** The folder for `rocksdb`, on a local disk; `.sluice/.state/<job>` unless set. */
  readonly path?: string
  /** Whether a checkpoint writes only what changed since the one before; true unless set. */
  readonly incremental?: boolean
  /** How much memory a worker uses for `rocksdb`, live objects included; `'256MiB'` unless set. */
  readonly memory?: MemorySize
  /**
   * Whether `rocksdb` keeps a copy of the newest checkpoint's state in `path`, from which a restart
   * on the same machine goes on at once; false unless set. Each checkpoint then takes longer.
   */
  readonly localRecovery?: boolean
}

/** How records of a source get their event time. */
export interface EventTimeOptions<T> extends NamedStepOptions {
  /** Milliseconds since 1970. Without it the source's own time stamps count, where it has them. */
  readonly eventTime?: (value: T) => number
  /** How far behind the highest event time of its split a record may be; `'0ms'` unless set. */
  readonly maxOutOfOrderness?: Duration
  /**
   * Instead of `maxOutOfOrderness`: asked about each record, with its event time. A number says
   * that nothing up to this time (milliseconds since 1970) follows in the split; undefined says
   * nothing.
   */
  readonly watermark?: (value: T, timestamp: number) => number | undefined
  /** A silent split stops holding the watermark back after this long; `'30s'` unless set. */
  readonly idleAfter?: Duration | 'never'
  /** Splits that run ahead in event time wait for the slowest; nobody waits unless set. */
  readonly alignment?: AlignmentOptions
}

/** How far the splits of a source, or of several, may run ahead in event time. */
export interface AlignmentOptions {
  /** A split whose watermark is further ahead of the slowest is not read until that has come. */
  readonly maxDrift: Duration
  /** Sources that name one group wait for each other; unless set, a source is one by itself. */
  readonly group?: string
}

/** What a graph function builds with. */
export interface Job {
  /**
   * Reads from a source. With a third argument the stream has event time, which windows and
   * event-time timers need.
   *
   * @example
   * job.from('orders', ordersSource, { eventTime: (order) => order.at, maxOutOfOrderness: '5s' })
   */
  from<T, Letter extends DeadLetter = DeadLetter>(
    name: string,
    source: Source<T, SourceSplit, Letter>,
    options?: EventTimeOptions<T>,
  ): SourceStream<T, Letter>
}

/** Everything that `defineJob` takes. */
export interface JobOptions<Schema extends StandardSchemaV1> {
  /** Names the job outside too: `[a-z0-9][a-z0-9-]{0,62}`. */
  readonly name: string
  /**
   * A Standard Schema over the environment and `--param name=value`; its output reaches `graph`.
   */
  readonly params?: Schema
  readonly checkpoint?: CheckpointOptions | 'off'
  readonly restart?: RestartOptions
  /** Subtasks per step: the cores available, at most 4, unless set. */
  readonly parallelism?: number
  /** Key groups, the limit of every parallelism for the life of the job's state; 128 unless set. */
  readonly maxParallelism?: number
  readonly memory?: MemoryOptions
  readonly state?: KeyedStateOptions
  /** Builds the graph. Synchronous, and the same in every process for the same parameters. */
  graph(job: Job, params: StandardSchemaV1.InferOutput<Schema>): void
}
