// What a window computes: an aggregator folds records into an accumulator and makes a result of it.
// Accumulators are values of state: `add` returns a new one and never changes the one it was given.

import type { KeyPart } from '../key/key.ts'

/**
 * Folds records of type `In` into a result of type `Out`. Made by `count`, `sum`, …, `aggregator`.
 */
export interface Aggregator<in In, out Out> {
  /**
   * `count`, `sum`, …; `custom` for a user's own. Part of what a restored state must agree with.
   */
  readonly kind: string
  create(): unknown
  add(accumulator: unknown, value: In): unknown
  merge?(left: unknown, right: unknown): unknown
  result(accumulator: unknown): Out
  /**
   * Of those that count different values: the value of a record. Windows keep the values of such an
   * aggregator as keys of a map state, which can grow without being copied.
   */
  readonly distinct?: (value: In) => KeyPart
}

/** An aggregator for every kind of window: two accumulators can be made one. */
export interface MergingAggregator<in In, out Out> extends Aggregator<In, Out> {
  merge(left: unknown, right: unknown): unknown
}

/** The parts of a user's own aggregator. */
export interface AggregatorParts<In, Accumulator, Out> {
  /** The accumulator before the first record: a value that state can hold. */
  create(): Accumulator
  /** The accumulator with one more record. Returns a new one; the given one is not changed. */
  add(accumulator: Accumulator, value: In): Accumulator
  /**
   * One accumulator of two, `left` being of the earlier records. Windows that overlap need it, and
   * sessions.
   */
  merge?(left: Accumulator, right: Accumulator): Accumulator
  result(accumulator: Accumulator): Out
}

/** The parts of an aggregator for every kind of window. */
export interface MergingAggregatorParts<In, Accumulator, Out>
  extends AggregatorParts<In, Accumulator, Out> {
  merge(left: Accumulator, right: Accumulator): Accumulator
}

/**
 * An aggregator of one's own.
 *
 * @example
 * const longest = aggregator({
 *   create: () => '',
 *   add: (longest, order: { shop: string }) =>
 *     order.shop.length > longest.length ? order.shop : longest,
 *   result: (longest) => longest,
 * })
 */
export function aggregator<In, Accumulator, Out>(
  parts: MergingAggregatorParts<In, Accumulator, Out>,
): MergingAggregator<In, Out>
export function aggregator<In, Accumulator, Out>(
  parts: AggregatorParts<In, Accumulator, Out>,
): Aggregator<In, Out>
export function aggregator<In, Accumulator, Out>(
  parts: AggregatorParts<In, Accumulator, Out>,
): Aggregator<In, Out> {
  const { create, add, merge, result } = parts
  return {
    kind: 'custom',
    create,
    add: add as (accumulator: unknown, value: In) => unknown,
    ...(merge === undefined ? {} : { merge: merge as (left: unknown, right: unknown) => unknown }),
    result: result as (accumulator: unknown) => Out,
  }
}

/** Counts the records. */
export function count(): MergingAggregator<unknown, number> {
  return {
    kind: 'count',
    create: () => 0,
    add: (records) => (records as number) + 1,
    merge: (left, right) => (left as number) + (right as number),
    result: (records) => records as number,
  }
}

/**
 * The sum of a number of each record.
 *
 * @example
 * const cents = sum((order: { cents: number }) => order.cents)
 */
export function sum<In>(select: (value: In) => number): MergingAggregator<In, number> {
  return {
    kind: 'sum',
    create: () => 0,
    add: (total, value) => (total as number) + select(value),
    merge: (left, right) => (left as number) + (right as number),
    result: (total) => total as number,
  }
}

/** The smallest number of all records. */
export function min<In>(select: (value: In) => number): MergingAggregator<In, number> {
  const smaller = (left: unknown, right: unknown) => Math.min(left as number, right as number)
  return {
    kind: 'min',
    create: () => Number.POSITIVE_INFINITY,
    add: (least, value) => smaller(least, select(value)),
    merge: smaller,
    result: (least) => least as number,
  }
}

/** The largest number of all records. */
export function max<In>(select: (value: In) => number): MergingAggregator<In, number> {
  const larger = (left: unknown, right: unknown) => Math.max(left as number, right as number)
  return {
    kind: 'max',
    create: () => Number.NEGATIVE_INFINITY,
    add: (most, value) => larger(most, select(value)),
    merge: larger,
    result: (most) => most as number,
  }
}

type SumAndCount = readonly [sum: number, count: number]

/** The arithmetic mean of a number of each record. */
export function mean<In>(select: (value: In) => number): MergingAggregator<In, number> {
  return {
    kind: 'mean',
    create: () => [0, 0],
    add(accumulator, value) {
      const [total, records] = accumulator as SumAndCount
      return [total + select(value), records + 1]
    },
    merge(left, right) {
      const [leftSum, leftCount] = left as SumAndCount
      const [rightSum, rightCount] = right as SumAndCount
      return [leftSum + rightSum, leftCount + rightCount]
    },
    result(accumulator) {
      const [total, records] = accumulator as SumAndCount
      return total / records
    },
  }
}
