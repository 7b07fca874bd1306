// States that fold what is added into one value: `reducing` and `aggregating`. They rest on a value
// state, so backends know nothing of them; what is stored is the accumulator.

import type { Aggregator } from '../aggregate/aggregator.ts'
import { SluiceError } from '../errors.ts'
import {
  declaration,
  type SchemaStateOptions,
  type StateDeclaration,
  type ValueStateOptions,
} from './declaration.ts'
import type { AggregatingState, ReducingState, ValueState } from './handle.ts'

/**
 * One value per key, made of all that was added: the first one as it is, then what the function
 * makes of the value so far and the new one. Neither may be changed in place.
 *
 * @example
 * const state = { highest: reducing<number>((left, right) => Math.max(left, right)) }
 */
export function reducing<T>(
  reduce: (left: T, right: T) => T,
  options?: ValueStateOptions<T>,
): StateDeclaration<ReducingState<T>> {
  checkCallable(reduce, 'reducing() needs a function of two values.')
  return {
    ...declaration<ReducingState<T>>('value', options, undefined),
    wrap: (stored) => new Reducing(stored as ValueState<T>, reduce),
  }
}

/**
 * An aggregate per key (`count()`, `sum(…)`, `aggregator({ … })`) over all that was added.
 * `version` and `migrate` speak of its accumulator.
 *
 * @example
 * const state = { spent: aggregating(sum((order: { cents: number }) => order.cents)) }
 */
export function aggregating<In, Out>(
  aggregator: Aggregator<In, Out>,
  options?: SchemaStateOptions<unknown>,
): StateDeclaration<AggregatingState<In, Out>> {
  const { kind, create, add, result } = aggregator ?? {}
  for (const part of [create, add, result]) {
    checkCallable(part, 'aggregating() needs an aggregator.')
  }
  return {
    ...declaration<AggregatingState<In, Out>>('value', options, undefined, `aggregating ${kind}`),
    wrap: (stored) => new Aggregating(stored, aggregator),
  }
}

function checkCallable(part: unknown, message: string): void {
  if (typeof part === 'function') return
  throw new SluiceError('JOB_INVALID', message, {
    hint: 'For example reducing((a, b) => Math.max(a, b)), or aggregating(count()).',
  })
}

class Reducing<T> implements ReducingState<T> {
  readonly #stored: ValueState<T>
  readonly #reduce: (left: T, right: T) => T

  constructor(stored: ValueState<T>, reduce: (left: T, right: T) => T) {
    this.#stored = stored
    this.#reduce = reduce
  }

  get() {
    return this.#stored.get()
  }

  add(value: T): void {
    const before = this.#stored.get() as T | undefined
    this.#stored.set(before === undefined ? value : this.#reduce(before, value))
  }

  clear(): void {
    this.#stored.clear()
  }
}

class Aggregating<In, Out> implements AggregatingState<In, Out> {
  readonly #stored: ValueState<unknown>
  readonly #aggregator: Aggregator<In, Out>

  constructor(stored: ValueState<unknown>, aggregator: Aggregator<In, Out>) {
    this.#stored = stored
    this.#aggregator = aggregator
  }

  get(): Out | undefined {
    const accumulator = this.#stored.get()
    return accumulator === undefined ? undefined : this.#aggregator.result(accumulator)
  }

  add(value: In): void {
    const before = this.#stored.get()
    const accumulator = before === undefined ? this.#aggregator.create() : before
    this.#stored.set(this.#aggregator.add(accumulator, value))
  }

  clear(): void {
    this.#stored.clear()
  }
}
