// What a user writes for `.process`: synchronous functions over one key's state and timers.

import type { Key } from '../key/key.ts'
import type { StateDeclarations, StateOf } from '../state/declared-states.ts'

/**
 * Sends a record on. Annotate the callback's parameter, since a type cannot be inferred from calls.
 *
 * @example
 * function onRecord(order: Order, ctx: unknown, emit: Emit<Alert>) {}
 */
export type Emit<Out> = (value: Out) => void

/** Timers of the key in hand; one per clock and time, however often it is set. */
export interface ProcessTimers {
  /** Fires when the watermark reaches this time (milliseconds since 1970). */
  atEventTime(time: number): void
  /** Fires when the clock reaches this time (milliseconds since 1970). */
  atProcessingTime(time: number): void
  cancelEventTime(time: number): void
  cancelProcessingTime(time: number): void
}

/** What a process function works with. The same object in every call: keep no reference. */
export interface ProcessContext<State extends StateDeclarations, K extends Key> {
  readonly state: StateOf<State>
  readonly timers: ProcessTimers
  readonly key: K
  /** Event time of the record, or the time of the timer. */
  readonly timestamp: number
  /** All event times up to here have been seen. */
  readonly watermark: number
  /** Milliseconds since 1970. */
  readonly processingTime: number
}

/** A timer that fires. */
export interface Timer<K extends Key> {
  /** The time that it was set for. */
  readonly at: number
  readonly key: K
  readonly domain: 'event-time' | 'processing-time'
}

type TimerFunction<Out, State extends StateDeclarations, K extends Key> = (
  timer: Timer<K>,
  context: ProcessContext<State, K>,
  emit: Emit<Out>,
) => void

/** The functions of a process step. What they emit carries the time of the record or timer. */
export interface ProcessFunctions<T, Out, State extends StateDeclarations, K extends Key> {
  /** The states of the step, by name. */
  readonly state?: State
  onRecord(record: T, context: ProcessContext<State, K>, emit: Emit<Out>): void
  /** For timers of both clocks, unless `onProcessingTimer` takes those of the processing time. */
  onTimer?(...call: Parameters<TimerFunction<Out, State, K>>): void
  onProcessingTimer?(...call: Parameters<TimerFunction<Out, State, K>>): void
}
