// The seam between operators and engines. Windows, timers and process functions are written once,
// against this interface; the embedded engine is one host, a process beside a Flink task another.
// Nothing in core reaches around it. Everything here is synchronous.

import type { Logger, Metrics } from '../connector/context.ts'
import type { Key, KeyPart } from '../key/key.ts'
import type { StateDescriptor } from '../state/descriptor.ts'
import type { CounterState, ListState, MapState, ValueState } from '../state/handle.ts'

/** The handle that belongs to a descriptor's kind. */
export interface StateHandles {
  readonly value: ValueState<unknown>
  readonly counter: CounterState
  readonly list: ListState<unknown>
  readonly map: MapState<KeyPart, unknown>
}

/**
 * Timers of the key and namespace in hand. Set semantics: one timer per key, namespace and time,
 * however often it is set. Times are milliseconds since 1970, finite.
 */
export interface HostTimers {
  setEventTime(time: number): void
  setProcessingTime(time: number): void
  deleteEventTime(time: number): void
  deleteProcessingTime(time: number): void
}

export interface OperatorHost {
  readonly step: string
  readonly subtask: number
  readonly parallelism: number
  readonly log: Logger
  readonly metrics: Metrics
  /** True in development and tests: what is stored and emitted is frozen. */
  readonly freezes: boolean
  /**
   * A value that the operator is going to hold in memory by itself, beyond the call: cut loose from
   * the batch it came in, and in development and tests frozen and refused where no snapshot could
   * save it. `what` names it in the error.
   */
  hold<T>(value: T, what: string): T
  /** Opens a declared state; once per descriptor, in `open`. */
  state<D extends StateDescriptor>(descriptor: D): StateHandles[D['kind']]
  readonly timers: HostTimers
  /**
   * The key, and for states and timers with one the namespace, that handles speak of from now on.
   * The engine sets both before a timer fires.
   */
  setKey(key: Key): void
  setNamespace(namespace: number): void
  /** Hint that these keys come next, so that a backend can fetch them together. */
  prefetch(keys: readonly Key[]): void
  /** The watermark of the operator: all event times at or below it have been seen. */
  currentWatermark(): number
  processingTime(): number
  /**
   * Sends a record on; `output` 0 is the main one, others are side outputs in order of declaration.
   */
  emit(value: unknown, timestamp: number, output: number): void
  /**
   * True while there is no room for more output. An operator that sends many records in one call of
   * its own accord stops then, and goes on in a call that it enqueues.
   */
  isOutputFull(): boolean
  /**
   * Asynchronous operators only: runs `call` in the task's mailbox, between batches; never inside
   * another call of the operator. Ignored after the task has ended.
   */
  enqueue(call: () => void): void
  /** Asynchronous operators only: a one-shot timer whose call runs in the mailbox. */
  after(delayMs: number, call: () => void): () => void
}

/**
 * An operator: one instance per subtask. The engine calls it from one thread, one call at a time.
 * All optional members have the meaning "nothing to do".
 */
export interface Operator {
  open(host: OperatorHost): void
  /** Keyed operators: the key of the record is set on the host already, the namespace is not. */
  onRecord(value: unknown, timestamp: number): void
  /**
   * A record of the second input; operators with two inputs have it. Where that input is broadcast
   * the key on the host is any, and must not be used.
   */
  onSecondRecord?(value: unknown, timestamp: number): void
  /** Key and namespace are set on the host. Called in order of time. */
  onEventTimer?(time: number, key: Key, namespace: number): void
  onProcessingTimer?(time: number, key: Key, namespace: number): void
  /**
   * A new watermark, after all timers at or below it fired. Returns false to keep the watermark
   * back; the operator then passes it on itself with `passWatermark` (asynchronous operators).
   */
  onWatermark?(watermark: number, passWatermark: (watermark: number) => void): boolean
  /** Input has ended, after the last watermark. Returns a promise when work is still in flight. */
  onEndOfInput?(): Promise<void> | undefined
  /** True while the operator takes no more records: its task then reads no input. */
  blocked?(): boolean
  /**
   * True while records with an event time are held (asynchronous operators): however silent the
   * input is, whoever comes after must not take this task for idle.
   */
  holdsEventTime?(): boolean
  /**
   * State that belongs to no key, as a list of encodable elements; the graph says how they are
   * dealt out in a restore (`OperatorStateKind`). Synchronous; elements are not changed afterwards.
   */
  snapshot?(): readonly unknown[]
  restore?(elements: readonly unknown[]): void
  close?(): void
}
