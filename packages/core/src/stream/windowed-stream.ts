// A stream cut into windows, and what comes out of them.

import type {
  AggregateResult,
  Aggregates,
  NamedAggregates,
  NamedMergingAggregates,
} from '../aggregate/aggregation.ts'
import type { Aggregator, MergingAggregator } from '../aggregate/aggregator.ts'
import type { Key } from '../key/key.ts'
import { lateOutput } from '../operator/late-output.ts'
import type {
  MergingWindow,
  WindowDefinition,
  WindowOf,
  WindowWithoutLateness,
} from '../window/definition/window-definition.ts'
import type { Window } from '../window/window.ts'
import type { GraphBuilder, NamedStepOptions, StepDraft } from './graph-builder.ts'
import { Stream } from './streams.ts'
import { aggregateDraft, applyDraft, reduceDraft, type WindowInput } from './window-draft.ts'

/** What a window of a keyed stream gives when it fires. */
export interface WindowResult<K, Value, W = Window> {
  readonly key: K
  readonly window: W
  readonly value: Value
}

/** What a window over a whole stream gives when it fires. */
export interface AllWindowResult<Value, W = Window> {
  readonly window: W
  readonly value: Value
}

/** Results of windows; with the stream of late records where a record can be late. */
export type WindowOutput<Definition, Result, T> = Definition extends WindowWithoutLateness
  ? Stream<Result>
  : WindowResults<Result, T>

/** What `.aggregate` takes: with a `merge`, where a window puts accumulators together. */
export type AggregatorFor<Definition, T, Out> = Definition extends MergingWindow
  ? MergingAggregator<T, Out>
  : Aggregator<T, Out>

/** Several of what `.aggregate` takes, by name. */
export type AggregatesFor<Definition, T> = Definition extends MergingWindow
  ? NamedMergingAggregates<T>
  : NamedAggregates<T>

/** What a function over the records of a window is told about it. */
export interface WindowPlace<K, W = Window> {
  readonly key: K
  readonly window: W
}

/** What a function over the records of a window of a whole stream is told about it. */
export interface AllWindowPlace<W = Window> {
  readonly window: W
}

/** A keyed stream cut into windows; `aggregate`, `reduce` or `apply` says what to compute. */
export class WindowedStream<out T, out K extends Key, Definition = WindowDefinition> {
  readonly #input: WindowInput

  constructor(input: WindowInput) {
    this.#input = input
  }

  /**
   * One result per key and window, with the window's last millisecond as its event time.
   *
   * @example
   * const revenue = orders
   *   .keyBy((order) => order.shop)
   *   .window(tumbling('1m'))
   *   .aggregate('revenue', { orders: count(), cents: sum((order) => order.cents) })
   */
  aggregate<A extends AggregatesFor<Definition, T>, Out = never>(
    name: string,
    aggregates: AggregatorFor<Definition, T, Out> | A,
    options: NamedStepOptions = {},
  ): WindowOutput<Definition, WindowResult<K, AggregateResult<A, Out>, WindowOf<Definition>>, T> {
    const untyped = aggregates as unknown as Aggregates<never>
    return results(this.#input, aggregateDraft(this.#input, name, untyped, options))
  }

  /**
   * The records of a window folded into one of the same type. The function gets what the earlier
   * records made and a later one; it must give the same in whatever pairs they are folded.
   *
   * @example
   * const dearest = orders
   *   .keyBy((order) => order.shop)
   *   .window(sliding('1h', { every: '5m' }))
   *   .reduce('dearest', (a, b) => (b.cents > a.cents ? b : a))
   */
  reduce(
    name: string,
    reduce: (earlier: T, later: T) => T,
    options: NamedStepOptions = {},
  ): WindowOutput<Definition, WindowResult<K, T, WindowOf<Definition>>, T> {
    return results(this.#input, reduceDraft(this.#input, name, reduce, options))
  }

  /**
   * A function over all records of a window, which are kept until then, in the order in which they
   * came. An aggregate keeps less, where one can say the same.
   *
   * @example
   * const gaps = readings
   *   .keyBy((reading) => reading.sensor)
   *   .window(session('10m'))
   *   .apply('spread', (readings, { window }) => ({
   *     readings: readings.length,
   *     lasted: window.end - window.start,
   *   }))
   */
  apply<Out>(
    name: string,
    apply: (records: readonly T[], place: WindowPlace<K, WindowOf<Definition>>) => Out,
    options: NamedStepOptions = {},
  ): WindowOutput<Definition, WindowResult<K, Out, WindowOf<Definition>>, T> {
    return results(this.#input, applyDraft(this.#input, name, apply, options))
  }
}

/** A whole stream cut into windows: one subtask computes them. */
export class AllWindowedStream<out T, Definition = WindowDefinition> {
  readonly #input: WindowInput

  constructor(input: WindowInput) {
    this.#input = input
  }

  /** One result per window, with the window's last millisecond as its event time. */
  aggregate<A extends AggregatesFor<Definition, T>, Out = never>(
    name: string,
    aggregates: AggregatorFor<Definition, T, Out> | A,
    options: NamedStepOptions = {},
  ): WindowOutput<Definition, AllWindowResult<AggregateResult<A, Out>, WindowOf<Definition>>, T> {
    const untyped = aggregates as unknown as Aggregates<never>
    return results(this.#input, aggregateDraft(this.#input, name, untyped, options))
  }

  /** The records of a window folded into one of the same type. */
  reduce(
    name: string,
    reduce: (earlier: T, later: T) => T,
    options: NamedStepOptions = {},
  ): WindowOutput<Definition, AllWindowResult<T, WindowOf<Definition>>, T> {
    return results(this.#input, reduceDraft(this.#input, name, reduce, options))
  }

  /** A function over all records of a window. */
  apply<Out>(
    name: string,
    apply: (records: readonly T[], place: AllWindowPlace<WindowOf<Definition>>) => Out,
    options: NamedStepOptions = {},
  ): WindowOutput<Definition, AllWindowResult<Out, WindowOf<Definition>>, T> {
    return results(this.#input, applyDraft(this.#input, name, apply, options))
  }
}

/** The results of windows, and beside them the records that came too late for theirs. */
export class WindowResults<out Result, out T> extends Stream<Result> {
  /** Records that came after the allowed lateness, as they were. */
  readonly late: Stream<T>

  constructor(builder: GraphBuilder, step: string, scales: boolean) {
    super(builder, { step, output: 0 }, scales)
    this.late = new Stream(builder, { step, output: lateOutput }, false)
  }
}

/** Adds the step; only types know whether its records can be late. */
function results<Output>({ builder, keyed }: WindowInput, draft: StepDraft): Output {
  const step = builder.add(draft)
  if (!keyed) builder.setParallelism(step, 1)
  return new WindowResults(builder, step, keyed) as Output
}
