// The logical graph as data. Everything the engine decides (plan, hashes, pages, `sluice plan`)
// comes from this; functions stand beside it in `StepCode`, by step id, and are never serialised.

import type { StateDescriptor } from '../state/descriptor.ts'

/**
 * One output of a step: the main one is 0; side outputs (late, split branches) count from 1 or as
 * named.
 */
export interface StepInput {
  readonly step: string
  readonly output: number
}

export type StepKind =
  | 'source'
  | 'map'
  | 'filter'
  | 'flat-map'
  | 'split'
  | 'key-by'
  | 'rebalance'
  | 'broadcast'
  | 'union'
  | 'operator'
  | 'sink'

/**
 * One step. `id` is the user's name where identity matters, else `<parent>/<kind><n>`.
 * `key-by`, `rebalance`, `broadcast` and `union` do nothing by themselves: the planner turns them
 * into exchanges.
 */
export interface Step {
  readonly id: string
  readonly kind: StepKind
  readonly named: boolean
  /** A source has none, a union several, an operator one or two, every other step one. */
  readonly inputs: readonly StepInput[]
  /** Names of the outputs, main one first: `['main']`, `['main', 'late']`, branches of a split. */
  readonly outputs: readonly string[]
  /** Set by the user for this step alone. */
  readonly parallelism?: number
  readonly renamedFrom?: string
  readonly source?: SourceFacts
  readonly operator?: OperatorFacts
  readonly sink?: SinkFacts
}

export interface SourceFacts {
  readonly connector: string
  readonly bounded: boolean
  readonly ordered: 'none' | 'time'
  readonly description: Readonly<Record<string, unknown>>
  /** Undefined: no event time; the watermark of such a source is always at the end of time. */
  readonly watermarks?: WatermarkFacts
}

export interface WatermarkFacts {
  /** Undefined: the job says watermarks itself, by a function. */
  readonly maxOutOfOrdernessMs?: number
  /** A silent split stops holding the watermark back after this long; undefined: never. */
  readonly idleAfterMs?: number
  /** Undefined: nobody waits. */
  readonly alignment?: AlignmentFacts
}

export interface AlignmentFacts {
  /** A split that is further ahead of the slowest of its group is not read. */
  readonly maxDriftMs: number
  /** Undefined: the source is a group by itself. */
  readonly group?: string
}

export interface OperatorFacts {
  /** `process`, `window`, `map-async`, … */
  readonly type: string
  /**
   * Whether its state and timers are partitioned by key. Its first input is then a `key-by`; the
   * second, where there is one, a `key-by` by keys of the same kind, or a `broadcast`.
   */
  readonly keyed: boolean
  readonly state: readonly StateDescriptor[]
  readonly operatorState: OperatorStateKind
  /**
   * What else stored state depends on (length of a window, its aggregates): part of the step hash.
   */
  readonly stateShape?: Readonly<Record<string, unknown>>
  /** Shown by `sluice plan`: size of a window, concurrency, … */
  readonly description: Readonly<Record<string, unknown>>
}

/**
 * How the elements that `snapshot` gives, which belong to no key, find their subtask in a restore.
 * `none`: there are none. `split`: each goes to one subtask, dealt out anew when the parallelism
 * changes. `union`: every subtask gets all of them. `broadcast`: all subtasks hold the same, and
 * one subtask's elements go to every one.
 */
export type OperatorStateKind = 'none' | 'split' | 'union' | 'broadcast'

export interface SinkFacts {
  readonly connector: string
  readonly guarantee: 'exactly-once' | 'at-least-once' | 'none'
  readonly description: Readonly<Record<string, unknown>>
}

/** Steps are in order of construction: each stands after its inputs. */
export interface JobGraph {
  readonly job: string
  readonly maxParallelism: number
  readonly steps: readonly Step[]
}
