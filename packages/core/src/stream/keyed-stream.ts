// A stream partitioned by key: what may keep state, timers and windows.

import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { JoinOptions, JoinType, TemporalJoinOptions } from '../join/join-options.ts'
import type { Key } from '../key/key.ts'
import type { ProcessFunctions } from '../process/process-function.ts'
import type { StateDeclarations } from '../state/declared-states.ts'
import type { SessionWindow } from '../window/definition/session.ts'
import type { WindowDefinition } from '../window/definition/window-definition.ts'
import type { WindowTime } from '../window/window.ts'
import type { KeyedInput } from './connect-draft.ts'
import type { GraphBuilder, NamedStepOptions } from './graph-builder.ts'
import {
  type DeduplicateOptions,
  deduplicateDraft,
  joinDraft,
  temporalJoinDraft,
} from './join-draft.ts'
import { processDraft } from './step-drafts.ts'
import {
  BroadcastStream,
  ConnectedStreams,
  KeyedBroadcastConnection,
  Stream,
  TimedStream,
  WindowedStream,
} from './streams.ts'

/** A stream that is partitioned by key: what comes next may keep state and timers per key. */
export class KeyedStream<out T, out K extends Key> extends Stream<T> {
  readonly #builder: GraphBuilder
  readonly #input: StepInput
  readonly #key: (value: unknown) => Key

  constructor(builder: GraphBuilder, input: StepInput, key: (value: unknown) => Key) {
    super(builder, input, false)
    this.#builder = builder
    this.#input = input
    this.#key = key
  }

  /**
   * Synchronous functions over the state and timers of one key. Annotate `emit` with what it sends
   * on (`emit: Emit<Alert>`).
   *
   * @example
   * charges
   *   .keyBy((charge) => charge.card)
   *   .process('nth', {
   *     state: { charges: counter() },
   *     onRecord(charge, { state }, emit: Emit<number>) {
   *       state.charges.set(state.charges.get() + 1)
   *       emit(state.charges.get())
   *     },
   *   })
   */
  process<Out = never, State extends StateDeclarations = Record<never, never>>(
    name: string,
    functions: ProcessFunctions<T, Out, State, K>,
    options: NamedStepOptions = {},
  ): Stream<Out> {
    const made = processDraft(this.#input, name, this.#key, functions, options)
    return new Stream(this.#builder, { step: this.#builder.add(made), output: 0 }, true)
  }

  /**
   * This stream and another that is keyed alike, or a broadcast one, for a process step that reads
   * both.
   */
  override connect<Other>(other: KeyedStream<Other, K>): ConnectedStreams<T, Other, K>
  override connect<Rule>(rules: BroadcastStream<Rule>): KeyedBroadcastConnection<T, Rule, K>
  override connect<Other>(
    other: KeyedStream<Other, K> | BroadcastStream<Other>,
  ): ConnectedStreams<T, Other, K> | KeyedBroadcastConnection<T, Other, K> {
    const left = this.#side
    if (other instanceof BroadcastStream) {
      const input = BroadcastStream.broadcastInput(other, this.#builder)
      return new KeyedBroadcastConnection(this.#builder, left, input)
    }
    return new ConnectedStreams(this.#builder, left, this.#keyedInput(other, 'connect'))
  }

  /**
   * Pairs of records of this stream and another, of one key and near each other in event time, or
   * in one window. Each pair comes out once, as soon as both are there.
   *
   * @example
   * orders
   *   .keyBy((order) => order.id)
   *   .join('paid', payments.keyBy((payment) => payment.orderId), {
   *     within: '15m',
   *     select: (order, payment) => ({ ...order, paidAt: payment.at }),
   *   })
   */
  join<Other, Out, const Type extends JoinType = 'inner'>(
    name: string,
    other: KeyedStream<Other, K>,
    options: JoinOptions<T, Other, Out, Type>,
  ): TimedStream<Out, T | Other> {
    const right = this.#keyedInput(other, 'join')
    const made = joinDraft(this.#builder, this.#side, right, name, options)
    return new TimedStream(this.#builder, this.#builder.add(made))
  }

  /**
   * Each record of this stream with the version that was in force at its event time: the newest one
   * of its key, at or before that time, of a stream of versions (rates, prices, addresses).
   *
   * @example
   * orders
   *   .keyBy((order) => order.currency)
   *   .temporalJoin('in-euros', rates.keyBy((rate) => rate.currency), {
   *     select: (order, rate) => ({ ...order, euros: order.total * rate.euros }),
   *   })
   */
  temporalJoin<Version, Out, const Type extends 'inner' | 'left' = 'inner'>(
    name: string,
    versions: KeyedStream<Version, K>,
    options: TemporalJoinOptions<T, Version, Out, Type>,
  ): TimedStream<Out, T | Version> {
    const right = this.#keyedInput(versions, 'temporalJoin')
    const made = temporalJoinDraft(this.#builder, this.#side, right, name, options)
    return new TimedStream(this.#builder, this.#builder.add(made))
  }

  /**
   * The first record of each key, without those that follow it within the time to live.
   *
   * @example
   * events.keyBy((event) => event.id).deduplicate('once', { ttl: '1h', clock: 'event' })
   */
  deduplicate(name: string, options: DeduplicateOptions = {}): TimedStream<T, T> {
    const made = deduplicateDraft(this.#builder, this.#side, name, options)
    return new TimedStream(this.#builder, this.#builder.add(made))
  }

  /**
   * Windows per key.
   *
   * @example
   * orders.keyBy((order) => order.shop).window(sliding('1h', { every: '5m' }))
   */
  window<Time extends WindowTime>(
    window: SessionWindow<T, Time>,
  ): WindowedStream<T, K, SessionWindow<T, Time>>
  window<Definition extends WindowDefinition<T>>(
    window: Definition,
  ): WindowedStream<T, K, Definition>
  window<Definition extends WindowDefinition<T>>(
    window: Definition,
  ): WindowedStream<T, K, Definition> {
    return new WindowedStream({
      builder: this.#builder,
      input: this.#input,
      key: this.#key,
      keyed: true,
      window,
    })
  }

  get #side(): KeyedInput {
    return { input: this.#input, key: this.#key }
  }

  /** The other side of a step with two inputs; JOB_INVALID where it has no keys. */
  #keyedInput(other: unknown, method: string): KeyedInput {
    const input = Stream.inputOf(other, this.#builder, method)
    if (typeof other === 'object' && other !== null && #key in other) {
      return { input, key: other.#key }
    }
    throw new SluiceError('JOB_INVALID', `${method} takes a stream that is keyed like this one.`, {
      hint: 'Call keyBy on both streams, with keys of the same kind.',
    })
  }
}
