// What a user writes for `.connect(rules.broadcast()).process`: the records of the one stream see
// the rules and cannot change them, the records of the broadcast stream change them on every
// subtask alike and can do nothing else.

import type { Key } from '../key/key.ts'
import type { StateDeclarations } from '../state/declared-states.ts'
import type {
  BroadcastDeclarations,
  BroadcastStatesOf,
  ReadonlyBroadcastStatesOf,
} from './broadcast-state.ts'
import type { Emit, ProcessContext, Timer } from './process-function.ts'

/** What `onBroadcast` works with. The same object in every call: keep no reference. */
export interface BroadcastContext<Broadcast extends BroadcastDeclarations> {
  /** The broadcast states, to read and to change. */
  readonly broadcast: BroadcastStatesOf<Broadcast>
  /** Event time of the record. */
  readonly timestamp: number
  /** All event times up to here have been seen, in both streams. */
  readonly watermark: number
  /** Milliseconds since 1970. Another one on every subtask: nothing that is kept may rest on it. */
  readonly processingTime: number
}

/** What the functions of an unkeyed stream work with, beside a broadcast one. */
export interface UnkeyedBroadcastContext<Broadcast extends BroadcastDeclarations>
  extends Omit<BroadcastContext<Broadcast>, 'broadcast'> {
  /** The broadcast states, read-only. */
  readonly broadcast: ReadonlyBroadcastStatesOf<Broadcast>
}

/** What the functions of a keyed stream work with, beside a broadcast one. */
export interface KeyedBroadcastContext<
  Broadcast extends BroadcastDeclarations,
  State extends StateDeclarations,
  K extends Key,
> extends ProcessContext<State, K> {
  /** The broadcast states, read-only. */
  readonly broadcast: ReadonlyBroadcastStatesOf<Broadcast>
}

interface BroadcastFunction<Rule, Broadcast extends BroadcastDeclarations> {
  /** The broadcast states of the step, by name. */
  readonly broadcast: Broadcast
  /**
   * A record of the broadcast stream: called on every subtask, with the same records in the same
   * order. What it does must follow from the record and the broadcast states alone.
   */
  onBroadcast(record: Rule, context: BroadcastContext<Broadcast>): void
}

/** The functions of a process step over an unkeyed and a broadcast stream. */
export interface UnkeyedBroadcastFunctions<T, Rule, Out, Broadcast extends BroadcastDeclarations>
  extends BroadcastFunction<Rule, Broadcast> {
  onRecord(record: T, context: UnkeyedBroadcastContext<Broadcast>, emit: Emit<Out>): void
}

type TimerFunction<
  Out,
  Broadcast extends BroadcastDeclarations,
  State extends StateDeclarations,
  K extends Key,
> = (timer: Timer<K>, context: KeyedBroadcastContext<Broadcast, State, K>, emit: Emit<Out>) => void

/** The functions of a process step over a keyed and a broadcast stream. */
export interface KeyedBroadcastFunctions<
  T,
  Rule,
  Out,
  Broadcast extends BroadcastDeclarations,
  State extends StateDeclarations,
  K extends Key,
> extends BroadcastFunction<Rule, Broadcast> {
  /** The states of a key, by name. */
  readonly state?: State
  onRecord(record: T, context: KeyedBroadcastContext<Broadcast, State, K>, emit: Emit<Out>): void
  /** For timers of both clocks, unless `onProcessingTimer` takes those of the processing time. */
  onTimer?(...call: Parameters<TimerFunction<Out, Broadcast, State, K>>): void
  onProcessingTimer?(...call: Parameters<TimerFunction<Out, Broadcast, State, K>>): void
}
