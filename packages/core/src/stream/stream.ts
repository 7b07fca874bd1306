// Streams: what a job's graph is written with. Each method adds one step and returns a handle on
// its output; nothing runs yet. The steps themselves are made in `step-drafts.ts`.

import type { AsyncCall, MapAsyncOptions } from '../async/map-async-options.ts'
import type { Sink } from '../connector/sink.ts'
import type { DeadLetter } from '../connector/source.ts'
import { SluiceError } from '../errors.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type { SessionWindow } from '../window/definition/session.ts'
import type { WindowDefinition } from '../window/definition/window-definition.ts'
import type { WindowTime } from '../window/window.ts'
import type { GraphBuilder, NamedStepOptions } from './graph-builder.ts'
import type { Branches, BranchValue } from './split.ts'
import * as draft from './step-drafts.ts'
import { AllWindowedStream, BroadcastConnection, BroadcastStream, KeyedStream } from './streams.ts'

/** Records of type `T` on their way from one step to the next. */
export class Stream<out T> {
  readonly #builder: GraphBuilder
  readonly #input: StepInput
  readonly #scales: boolean

  /** `scales`: whether the step behind it runs by itself, so that it can have a parallelism. */
  constructor(builder: GraphBuilder, input: StepInput, scales: boolean) {
    this.#builder = builder
    this.#input = input
    this.#scales = scales
  }

  /** One record out for each record in. */
  map<Out>(map: (value: T) => Out): Stream<Out> {
    return this.#next(draft.mapDraft(this.#input, map))
  }

  /** Keeps the records for which the predicate holds; a type predicate narrows the stream. */
  filter<Kept extends T>(keep: (value: T) => value is Kept): Stream<Kept>
  filter(keep: (value: T) => boolean): Stream<T>
  filter(keep: (value: T) => boolean): Stream<T> {
    return this.#next(draft.filterDraft(this.#input, keep))
  }

  /** Any number of records out for each record in. */
  flatMap<Out>(expand: (value: T) => Iterable<Out>): Stream<Out> {
    return this.#next(draft.flatMapDraft(this.#input, expand))
  }

  /** The records of this stream and of others, in no particular order between them. */
  union<Other>(...others: readonly Stream<Other>[]): Stream<T | Other> {
    const inputs = others.map((other) => Stream.inputOf(other, this.#builder, 'union'))
    return this.#next({ inputs: [this.#input, ...inputs], code: { kind: 'union' } }, false)
  }

  /**
   * Partitions by a key: a string, number, bigint or boolean, or a tuple of up to four of them.
   *
   * @example
   * orders.keyBy((order) => [order.shop, order.currency])
   */
  keyBy<K extends Key>(key: (value: T) => K): KeyedStream<T, K> {
    const step = this.#builder.add(draft.keyByDraft(this.#input, key))
    return new KeyedStream(this.#builder, { step, output: 0 }, key as (value: unknown) => Key)
  }

  /**
   * Windows over the whole stream. One subtask computes them, however many run the other steps.
   *
   * @example
   * orders.windowAll(tumbling('1m')).aggregate('orders-per-minute', count())
   */
  windowAll<Time extends WindowTime>(
    window: SessionWindow<T, Time>,
  ): AllWindowedStream<T, SessionWindow<T, Time>>
  windowAll<Definition extends WindowDefinition<T>>(
    window: Definition,
  ): AllWindowedStream<T, Definition>
  windowAll<Definition extends WindowDefinition<T>>(
    window: Definition,
  ): AllWindowedStream<T, Definition> {
    const key = () => 0
    const input = { step: this.#builder.add(draft.keyByDraft(this.#input, key)), output: 0 }
    return new AllWindowedStream({ builder: this.#builder, input, key, keyed: false, window })
  }

  /** Deals the records out evenly to the subtasks of the next step. */
  rebalance(): Stream<T> {
    return this.#next({ inputs: [this.#input], code: { kind: 'rebalance' } }, false)
  }

  /** Sends every record to every subtask of the next step. */
  broadcast(): BroadcastStream<T> {
    const step = this.#builder.add({ inputs: [this.#input], code: { kind: 'broadcast' } })
    return new BroadcastStream(this.#builder, { step, output: 0 })
  }

  /**
   * This stream and a broadcast one (rules, prices, settings), for a process step that reads both.
   * A keyed stream can also be connected to another keyed one.
   */
  connect<Rule>(rules: BroadcastStream<Rule>): BroadcastConnection<T, Rule> {
    const input = BroadcastStream.broadcastInput(rules, this.#builder)
    return new BroadcastConnection(this.#builder, { input: this.#input }, input)
  }

  /**
   * Several streams of one: a record goes to the first branch whose predicate takes it, in the
   * order written; to the branch declared as `'rest'` when none does; and nowhere when there is no
   * such branch. Type predicates narrow. (`Value` is the type of the records; it is never given.)
   *
   * @example
   * const { large, small } = orders.split('size', {
   *   large: (order) => order.cents > 500_00,
   *   small: 'rest',
   * })
   */
  split<const B extends Branches<T>, Value = T>(
    name: string,
    branches: B,
    options: NamedStepOptions = {},
  ): { readonly [Name in keyof B]: Stream<BranchValue<Value, B, B[Name]>> } {
    const made = draft.splitDraft(this.#input, name, branches, options)
    const step = this.#builder.add(made)
    const streams = (made.outputs ?? []).map((branch, output): [string, Stream<unknown>] => [
      branch,
      new Stream(this.#builder, { step, output }, false),
    ])
    return Object.fromEntries(streams) as {
      readonly [Name in keyof B]: Stream<BranchValue<Value, B, B[Name]>>
    }
  }

  /**
   * An asynchronous call for each record: the one step that may await. It sees no state. Records in
   * flight are part of every checkpoint and are called again after a restart, so calls should be
   * idempotent.
   *
   * @example
   * orders.mapAsync('geo', (order, signal) => locate(order, signal), { concurrency: 64 })
   */
  mapAsync<Out>(name: string, call: AsyncCall<T, Out>, options: MapAsyncOptions = {}): Stream<Out> {
    return this.#next(draft.mapAsyncDraft(this.#input, name, call, options))
  }

  /** Ends this branch in a sink. */
  to(name: string, sink: Sink<T>, options: NamedStepOptions = {}): SinkStep {
    const step = this.#builder.add(draft.sinkDraft(this.#input, name, sink, options))
    return new SinkStep(this.#builder, step)
  }

  /** How many subtasks run the step that this stream comes out of. */
  parallelism(subtasks: number): this {
    if (!this.#scales) {
      throw new SluiceError('JOB_INVALID', `'${this.#input.step}' has no parallelism of its own.`, {
        hint: 'Set it on a source, map, filter, flatMap, process, window, mapAsync or sink.',
      })
    }
    this.#builder.setParallelism(this.#input.step, subtasks)
    return this
  }

  /** The output that a stream stands for; JOB_INVALID for one of another job, or none at all. */
  protected static inputOf(stream: unknown, builder: GraphBuilder, method: string): StepInput {
    if (typeof stream === 'object' && stream !== null && #input in stream) {
      if (stream.#builder === builder) return stream.#input
    }
    throw new SluiceError('JOB_INVALID', `${method} takes streams of the same job.`, {
      hint: 'Begin all of them with job.from, of the job that graph() is given.',
    })
  }

  #next<Out>(step: draft.StepDraft, scales = true): Stream<Out> {
    return new Stream(this.#builder, { step: this.#builder.add(step), output: 0 }, scales)
  }
}

/** The records of a source, and beside them what it could not decode. */
export class SourceStream<out T, out Letter extends DeadLetter = DeadLetter> extends Stream<T> {
  /** Malformed records, when the source hands them on instead of failing. */
  readonly deadLetters: Stream<Letter>

  constructor(builder: GraphBuilder, step: string) {
    super(builder, { step, output: 0 }, true)
    this.deadLetters = new Stream(builder, { step, output: 1 }, false)
  }
}

/** A sink that was attached with `.to`. */
export class SinkStep {
  readonly #builder: GraphBuilder
  readonly #step: string

  constructor(builder: GraphBuilder, step: string) {
    this.#builder = builder
    this.#step = step
  }

  /** How many subtasks write to this sink. */
  parallelism(subtasks: number): this {
    this.#builder.setParallelism(this.#step, subtasks)
    return this
  }
}
