// A stream partitioned by key: what may keep state, timers and windows.

import type { StepInput } from '../graph/job-graph.ts'
import type { Key } from '../key/key.ts'
import type { ProcessFunctions } from '../process/process-function.ts'
import type { StateDeclarations } from '../state/declared-states.ts'
import type { TumblingWindow } from '../window/tumbling.ts'
import type { GraphBuilder, NamedStepOptions } from './graph-builder.ts'
import { processDraft } from './step-drafts.ts'
import { Stream, WindowedStream } from './streams.ts'

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

  /** Event-time windows per key. */
  window(window: TumblingWindow): WindowedStream<T, K> {
    return new WindowedStream(this.#builder, this.#input, this.#key, window)
  }
}
