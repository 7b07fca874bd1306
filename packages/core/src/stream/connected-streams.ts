// Two streams that one process step reads, and what a stream becomes for that: broadcast.

import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type {
  KeyedBroadcastFunctions,
  UnkeyedBroadcastFunctions,
} from '../process/broadcast-functions.ts'
import type { BroadcastDeclarations } from '../process/broadcast-state.ts'
import type { ConnectedFunctions } from '../process/connected-functions.ts'
import type { StateDeclarations } from '../state/declared-states.ts'
import {
  broadcastDraft,
  checkBroadcastFunctions,
  connectDraft,
  type KeyedInput,
  orderedBroadcast,
} from './connect-draft.ts'
import type { GraphBuilder, NamedStepOptions } from './graph-builder.ts'
import { Stream } from './streams.ts'

/** A stream whose records all go to every subtask of the next step. */
export class BroadcastStream<out T> extends Stream<T> {
  /** Also a mark that other streams lack: the compiler would take them for broadcast. */
  readonly #input: StepInput

  constructor(builder: GraphBuilder, input: StepInput) {
    super(builder, input, false)
    this.#input = input
  }

  /** The input of a broadcast stream of this job; JOB_INVALID for anything else. */
  static broadcastInput(stream: unknown, builder: GraphBuilder): StepInput {
    Stream.inputOf(stream, builder, 'connect')
    if (typeof stream === 'object' && stream !== null && #input in stream) return stream.#input
    throw new SluiceError('JOB_INVALID', 'An unkeyed stream connects to a broadcast one.', {
      hint: 'Write orders.connect(rules.broadcast()), or key both streams.',
    })
  }
}

/** Two streams keyed alike: what reads both may share state and timers per key. */
export class ConnectedStreams<out Left, out Right, out K extends Key> {
  readonly #builder: GraphBuilder
  readonly #left: KeyedInput
  readonly #right: KeyedInput

  constructor(builder: GraphBuilder, left: KeyedInput, right: KeyedInput) {
    this.#builder = builder
    this.#left = left
    this.#right = right
  }

  /**
   * Synchronous functions over the records of both streams, and the state and timers that a key has
   * in both. Records of one stream keep their order; between the two there is none.
   *
   * @example
   * orders
   *   .keyBy((order) => order.id)
   *   .connect(payments.keyBy((payment) => payment.orderId))
   *   .process('unpaid', {
   *     state: { order: value<Order>() },
   *     onLeft(order, { state, timers }) {
   *       state.order.set(order)
   *       timers.atEventTime(order.at + 3_600_000)
   *     },
   *     onRight: (_payment, { state }) => state.order.clear(),
   *     onTimer(_timer, { state }, emit: Emit<Order>) {
   *       const order = state.order.get()
   *       if (order !== undefined) emit(order)
   *     },
   *   })
   */
  process<Out = never, State extends StateDeclarations = Record<never, never>>(
    name: string,
    functions: ConnectedFunctions<Left, Right, Out, State, K>,
    options: NamedStepOptions = {},
  ): Stream<Out> {
    const made = connectDraft(this.#left, this.#right, name, functions, options)
    return new Stream(this.#builder, { step: this.#builder.add(made), output: 0 }, true)
  }
}

/** A stream and a broadcast one, whose records every subtask sees. */
export class BroadcastConnection<out T, out Rule> {
  readonly #builder: GraphBuilder
  readonly #main: KeyedInput | { readonly input: StepInput; readonly key?: undefined }
  readonly #rules: StepInput

  constructor(
    builder: GraphBuilder,
    main: KeyedInput | { readonly input: StepInput },
    rules: StepInput,
  ) {
    this.#builder = builder
    this.#main = main
    this.#rules = rules
  }

  /**
   * Synchronous functions over the records of the stream, which see what `onBroadcast` made of the
   * broadcast ones.
   *
   * @example
   * orders.connect(rules.broadcast()).process('flagged', {
   *   broadcast: { limits: broadcastState<string, number>() },
   *   onBroadcast: (rule, { broadcast }) => broadcast.limits.set(rule.shop, rule.cents),
   *   onRecord(order, { broadcast }, emit: Emit<Order>) {
   *     if (order.cents > (broadcast.limits.get(order.shop) ?? Infinity)) emit(order)
   *   },
   * })
   */
  process<Out = never, Broadcast extends BroadcastDeclarations = Record<never, never>>(
    name: string,
    functions: UnkeyedBroadcastFunctions<T, Rule, Out, Broadcast>,
    options?: NamedStepOptions,
  ): Stream<Out>
  process(name: string, functions: unknown, options: NamedStepOptions = {}): Stream<never> {
    checkBroadcastFunctions(name, functions)
    const { input, key } = this.#main
    const rules = orderedBroadcast(this.#builder, this.#rules)
    const made = broadcastDraft(input, key, rules, name, functions, options)
    return new Stream(this.#builder, { step: this.#builder.add(made), output: 0 }, true)
  }
}

/** A keyed stream and a broadcast one: each key has state and timers besides. */
export class KeyedBroadcastConnection<
  out T,
  out Rule,
  out K extends Key,
> extends BroadcastConnection<T, Rule> {
  /**
   * Synchronous functions over the state and timers of one key, which see what `onBroadcast` made
   * of the broadcast records.
   */
  override process<
    Out = never,
    Broadcast extends BroadcastDeclarations = Record<never, never>,
    State extends StateDeclarations = Record<never, never>,
  >(
    name: string,
    functions: KeyedBroadcastFunctions<T, Rule, Out, Broadcast, State, K>,
    options?: NamedStepOptions,
  ): Stream<Out>
  override process(
    name: string,
    functions: UnkeyedBroadcastFunctions<never, never, unknown, BroadcastDeclarations>,
    options: NamedStepOptions = {},
  ): Stream<never> {
    return super.process(name, functions as never, options)
  }
}

/** Results of a step that goes by event time, and beside them the records that came too late. */
export class TimedStream<out T, out Late> extends Stream<T> {
  /** Records that came after the watermark, too late for the step, as they were. */
  readonly late: Stream<Late>

  constructor(builder: GraphBuilder, step: string) {
    super(builder, { step, output: 0 }, true)
    this.late = new Stream(builder, { step, output: 1 }, false)
  }
}
