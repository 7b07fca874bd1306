// Counting different values: exactly, in a set, or approximately, in a sketch of fixed size.

import type { KeyPart } from '../key/key.ts'
import { addHash, estimate, mergeSketches, sketchOfNothing } from './hyper-log-log.ts'
import type { MergingAggregator } from './aggregator.ts'
import { hashOf } from './value-hash.ts'

/**
 * How many different values there are, exactly. All of them are kept: for many, take
 * `approximateCountDistinct`.
 *
 * @example
 * const visitors = countDistinct((click: { user: string }) => click.user)
 */
export function countDistinct<In>(select: (value: In) => KeyPart): MergingAggregator<In, number> {
  return {
    kind: 'count-distinct',
    distinct: select,
    create: () => new Set(),
    add(accumulator, value) {
      const seen = accumulator as ReadonlySet<KeyPart>
      const part = select(value)
      return seen.has(part) ? seen : new Set(seen).add(part)
    },
    merge: (left, right) =>
      new Set([...(left as ReadonlySet<KeyPart>), ...(right as ReadonlySet<KeyPart>)]),
    result: (accumulator) => (accumulator as ReadonlySet<KeyPart>).size,
  }
}

/**
 * About how many different values there are, in at most 4 KiB per window: with a standard error of
 * 1.6 %. (HyperLogLog; Flajolet and others, 2007.)
 */
export function approximateCountDistinct<In>(
  select: (value: In) => KeyPart,
): MergingAggregator<In, number> {
  return {
    kind: 'approximate-count-distinct',
    create: () => sketchOfNothing,
    add: (accumulator, value) => addHash(accumulator as Uint8Array, hashOf(select(value))),
    merge: (left, right) => mergeSketches(left as Uint8Array, right as Uint8Array),
    result: (accumulator) => Math.round(estimate(accumulator as Uint8Array)),
  }
}
