// A keyed stream cut into windows, and what comes out of them.

import type { AggregateResult, NamedAggregates } from '../aggregate/aggregation.ts'
import type { Aggregator } from '../aggregate/aggregator.ts'
import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type { TumblingWindow, Window } from '../window/tumbling.ts'
import { lateOutput } from '../window/window-operator.ts'
import type { GraphBuilder, NamedStepOptions } from './graph-builder.ts'
import { Stream } from './streams.ts'
import { windowDraft } from './window-draft.ts'

/** A keyed stream cut into windows; `aggregate` says what to compute of each. */
export class WindowedStream<out T, out K extends Key> {
  readonly #builder: GraphBuilder
  readonly #input: StepInput
  readonly #key: (value: unknown) => Key
  readonly #window: TumblingWindow

  constructor(
    builder: GraphBuilder,
    input: StepInput,
    key: (value: unknown) => Key,
    window: TumblingWindow,
  ) {
    this.#builder = builder
    this.#input = input
    this.#key = key
    this.#window = window
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
  aggregate<A extends NamedAggregates<T>, Out = never>(
    name: string,
    aggregates: Aggregator<T, Out> | A,
    options: NamedStepOptions = {},
  ): WindowResults<K, AggregateResult<A, Out>, T> {
    const step = this.#builder.add(
      windowDraft(this.#builder, this.#input, name, this.#key, this.#window, aggregates, options),
    )
    return new WindowResults(this.#builder, step)
  }
}

/** What a window gives when it fires. */
export interface WindowResult<K, Value> {
  readonly key: K
  readonly window: Window
  readonly value: Value
}

/** The results of windows, and beside them the records that came too late for theirs. */
export class WindowResults<out K, out Value, out T> extends Stream<WindowResult<K, Value>> {
  /** Records that came after the allowed lateness, as they were. */
  readonly late: Stream<T>

  constructor(builder: GraphBuilder, step: string) {
    super(builder, { step, output: 0 }, true)
    this.late = new Stream(builder, { step, output: lateOutput }, false)
  }
}
