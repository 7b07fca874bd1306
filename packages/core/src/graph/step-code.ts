// The functions of a job, by step id: what the graph cannot hold because it is data.

import type { AsyncCall } from '../async/map-async-options.ts'
import type { Sink } from '../connector/sink.ts'
import type { Source, SourceSplit } from '../connector/source.ts'
import type { Key } from '../key/key.ts'
import type { Operator } from '../operator/host.ts'
import type { StateSchemas } from '../state/state-schema.ts'
import type { JobGraph } from './job-graph.ts'

export type StepCode =
  | SourceCode
  | { readonly kind: 'map'; readonly map: (value: unknown) => unknown }
  | { readonly kind: 'filter'; readonly keep: (value: unknown) => boolean }
  | { readonly kind: 'flat-map'; readonly expand: (value: unknown) => Iterable<unknown> }
  | {
      readonly kind: 'split'
      /**
       * One per output, in order; a record goes to the first branch that takes it, else nowhere.
       */
      readonly branches: readonly ((value: unknown) => boolean)[]
    }
  | { readonly kind: 'key-by'; readonly key: (value: unknown) => Key }
  | { readonly kind: 'rebalance' | 'broadcast' | 'union' }
  | OperatorCode
  | { readonly kind: 'sink'; readonly sink: Sink<unknown> }

export interface SourceCode {
  readonly kind: 'source'
  readonly source: Source<unknown, SourceSplit>
  /** Milliseconds since 1970. */
  readonly eventTime?: (value: unknown) => number
  /** Up to where nothing follows behind a record; undefined: it says nothing. */
  readonly watermark?: (value: unknown, timestamp: number) => number | undefined
}

export interface OperatorCode {
  readonly kind: 'operator'
  /** One instance per subtask. */
  readonly create: () => Operator
  /** What is declared of the values of its states. */
  readonly schemas?: StateSchemas
  /** Keyed operators: the key of a record, the same function as the `key-by` before it. */
  readonly key?: (value: unknown) => Key
  /** The same of the second input; undefined where that is broadcast: no key is then in hand. */
  readonly secondKey?: (value: unknown) => Key
  /** Of mapAsync: the same step with another function in place of the user's, for tests. */
  readonly withCall?: (call: AsyncCall<unknown, unknown>) => OperatorCode
}

/** A job that was built: the graph, the functions and the settings that its module gave. */
export interface BuiltJob {
  readonly graph: JobGraph
  readonly code: ReadonlyMap<string, StepCode>
}
