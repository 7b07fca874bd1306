// Aggregates that keep records: the first, the last, and the n with the largest rank.

import { SluiceError } from '../errors.ts'
import type { MergingAggregator } from './aggregator.ts'

/** What records are ranked by; NaN comes last. */
export type Rank = number | bigint | string

/** The record that came first. */
export function first<In>(): MergingAggregator<In, In> {
  return kept('first', (earlier) => earlier)
}

/** The record that came last. */
export function last<In>(): MergingAggregator<In, In> {
  return kept('last', (_earlier, later) => later)
}

/** One record behind a wrapper: `undefined` is a record too. */
function kept<In>(kind: string, choose: <T>(earlier: T, later: T) => T): MergingAggregator<In, In> {
  const isEmpty = (accumulator: unknown) => (accumulator as readonly In[]).length === 0
  const merge = (left: unknown, right: unknown) => {
    if (isEmpty(left)) return right
    return isEmpty(right) ? left : choose(left, right)
  }
  return {
    kind,
    create: () => [],
    add: (accumulator, value) => merge(accumulator, [value]),
    merge,
    result: (accumulator) => (accumulator as readonly [In])[0],
  }
}

/**
 * The `n` records with the largest rank, largest first; of equal ranks the one that came first.
 *
 * @example
 * const dearest = topN(3, (order: { cents: number }) => order.cents)
 */
export function topN<In>(n: number, by: (value: In) => Rank): MergingAggregator<In, readonly In[]> {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new SluiceError('SETTING_INVALID', `The top ${String(n)} records cannot be kept.`, {
      hint: 'Give a whole number of records, 1 or more.',
    })
  }
  return {
    kind: `top-${n}`,
    create: () => [],
    add: (accumulator, value) => inserted(accumulator as readonly In[], value as In, n, by),
    merge(left, right) {
      let merged = left as readonly In[]
      for (const value of right as readonly In[]) merged = inserted(merged, value, n, by)
      return merged
    },
    result: (accumulator) => accumulator as readonly In[],
  }
}

/** The records with one more, or the same array where it ranks too low. */
function inserted<In>(
  records: readonly In[],
  value: In,
  n: number,
  by: (value: In) => Rank,
): readonly In[] {
  const rank = by(value)
  let place = records.length
  while (place > 0 && isBelow(by(records[place - 1] as In), rank)) place--
  if (place >= n) return records
  const next = records.slice(0, n)
  next.splice(place, 0, value)
  if (next.length > n) next.length = n
  return next
}

function isBelow(left: Rank, right: Rank): boolean {
  // Only NaN differs from itself.
  return left < right || (left !== left && right === right)
}
