// One aggregator or a record of several as one thing. The parts' accumulators stand side by side in
// an array behind a leading slot that belongs to whoever keeps the array (the window: how often it
// fired), so that all of it is one value of state. A single number behind a zero is kept bare.

import { SluiceError } from '../errors.ts'
import type { Aggregator, MergingAggregator } from './aggregator.ts'

/** Several aggregators by the name of their result. */
export type NamedAggregates<In> = Readonly<Record<string, Aggregator<In, unknown>>>

/** Several aggregators that merge, by the name of their result. */
export type NamedMergingAggregates<In> = Readonly<Record<string, MergingAggregator<In, unknown>>>

/** What `.aggregate` takes: one aggregator, or several by name. */
export type Aggregates<In> = Aggregator<In, unknown> | NamedAggregates<In>

/** The result of one aggregator as it is (`Out`), of several an object of the same names. */
export type AggregateResult<A, Out> = [Out] extends [never]
  ? { [Name in keyof A]: A[Name] extends Aggregator<never, infer Part> ? Part : never }
  : Out

/**
 * A leading number and the accumulators of the parts; or one accumulator that is a number, as if
 * behind a leading 0. Never changed in place.
 */
export type Accumulated = number | readonly [leading: number, ...parts: unknown[]]

type Part = Aggregator<unknown, unknown>

/** Aggregates made ready for the record path. */
export interface Aggregation {
  /** Names and kinds in order: what stored accumulators must agree with. */
  readonly shape: readonly string[]
  readonly parts: readonly Aggregator<unknown, unknown>[]
  /** The same with other parts. */
  withParts(parts: readonly Aggregator<unknown, unknown>[]): Aggregation
  /** Those that cannot merge, by name or kind. */
  readonly withoutMerge: readonly string[]
  /** Of the first record; the leading number is 0. */
  begin(value: unknown): Accumulated
  /** With one more record; the same object where that surely changes nothing. */
  add(accumulated: Accumulated, value: unknown): Accumulated
  /** Of both; the leading number is that of the first. */
  merge(left: Accumulated, right: Accumulated): Accumulated
  result(accumulated: Accumulated): unknown
}

/** Checks aggregates (JOB_INVALID) and makes them one aggregation. */
export function aggregationOf(aggregates: Aggregates<never>, step: string): Aggregation {
  if (isAggregator(aggregates)) return aggregation(undefined, [aggregates])
  const named = typeof aggregates === 'object' && aggregates !== null ? aggregates : {}
  const names = Object.keys(named)
  const parts = Object.values(named) as Part[]
  if (names.length === 0 || !parts.every(isAggregator)) {
    throw new SluiceError('JOB_INVALID', 'A window needs at least one aggregate.', {
      where: { step },
      hint: 'For example: { orders: count(), cents: sum((order) => order.cents) }.',
    })
  }
  return aggregation(names, parts)
}

/** Records folded into one by a user's function. */
export function reduction(reduce: (left: unknown, right: unknown) => unknown): Aggregation {
  const part: Part = {
    kind: 'reduce',
    create: () => undefined,
    add: reduce,
    merge: reduce,
    result: (accumulated) => accumulated,
  }
  return { ...aggregation(undefined, [part]), begin: bareIfNumber }
}

function aggregation(names: readonly string[] | undefined, parts: readonly Part[]): Aggregation {
  const shape = parts.map((part, index) => (names ? `${names[index]}:${part.kind}` : part.kind))
  const withoutMerge = shape.filter((_, index) => parts[index]?.merge === undefined)
  const ways = parts.length === 1 ? onePart(parts[0] as Part) : manyParts(parts)
  const valueOf = (accumulated: Accumulated, index: number) =>
    (parts[index] as Part).result(
      typeof accumulated === 'number' ? accumulated : accumulated[index + 1],
    )
  return {
    shape,
    parts,
    withParts: (others) => aggregation(names, others),
    withoutMerge,
    ...ways,
    result(accumulated) {
      if (names === undefined) return valueOf(accumulated, 0)
      const result: Record<string, unknown> = {}
      for (let index = 0; index < parts.length; index++) {
        result[names[index] as string] = valueOf(accumulated, index)
      }
      return result
    },
  }
}

type Ways = Pick<Aggregation, 'begin' | 'add' | 'merge'>

function bareIfNumber(accumulator: unknown): Accumulated {
  return typeof accumulator === 'number' ? accumulator : [0, accumulator]
}

function onePart(part: Part): Ways {
  const skips = isOurs(part)
  return {
    begin: (value) => bareIfNumber(part.add(part.create(), value)),
    add(accumulated, value) {
      if (typeof accumulated === 'number') return bareIfNumber(part.add(accumulated, value))
      const next = part.add(accumulated[1], value)
      return skips && next === accumulated[1] ? accumulated : [accumulated[0], next]
    },
    merge(left, right) {
      const other = typeof right === 'number' ? right : right[1]
      if (typeof left === 'number') return bareIfNumber(part.merge?.(left, other))
      return [left[0], part.merge?.(left[1], other)]
    },
  }
}

type Row = Exclude<Accumulated, number>

function manyParts(parts: readonly Part[]): Ways {
  const [first, second, third] = parts as readonly [Part, Part, Part]
  const size = parts.length
  const skips = parts.every(isOurs)
  return {
    begin:
      size === 2
        ? (value) => [0, first.add(first.create(), value), second.add(second.create(), value)]
        : (value) => [0, ...parts.map((part) => part.add(part.create(), value))],
    add:
      size === 2
        ? addTwo(first, second, skips)
        : size === 3
          ? addThree(first, second, third, skips)
          : addAll(parts, skips),
    merge(left, right) {
      const next: unknown[] = [(left as Row)[0]]
      for (let index = 0; index < size; index++) {
        const merged = parts[index]?.merge?.((left as Row)[index + 1], (right as Row)[index + 1])
        next.push(merged)
      }
      return next as unknown as Row
    },
  }
}

/**
 * Whether the same accumulator means that nothing changed. A user's function may have changed it in
 * place, which development finds; elsewhere it must at least be written.
 */
function isOurs({ kind }: Part): boolean {
  return kind !== 'custom' && kind !== 'reduce'
}

// An array written out is the cheapest thing that leaves the old one alone.

function addTwo(first: Part, second: Part, skips: boolean): Ways['add'] {
  return (accumulated, value) => {
    const row = accumulated as Row
    const one = first.add(row[1], value)
    const two = second.add(row[2], value)
    return skips && one === row[1] && two === row[2] ? row : [row[0], one, two]
  }
}

function addThree(first: Part, second: Part, third: Part, skips: boolean): Ways['add'] {
  return (accumulated, value) => {
    const row = accumulated as Row
    const one = first.add(row[1], value)
    const two = second.add(row[2], value)
    const three = third.add(row[3], value)
    const isSame = one === row[1] && two === row[2] && three === row[3]
    return skips && isSame ? row : [row[0], one, two, three]
  }
}

function addAll(parts: readonly Part[], skips: boolean): Ways['add'] {
  return (accumulated, value) => {
    const row = accumulated as Row
    let next: unknown[] | undefined
    for (let index = 0; index < parts.length; index++) {
      const before = row[index + 1]
      const after = (parts[index] as Part).add(before, value)
      if (skips && after === before) continue
      next ??= row.slice()
      next[index + 1] = after
    }
    return next === undefined ? row : (next as unknown as Row)
  }
}

function isAggregator(value: unknown): value is Part {
  if (typeof value !== 'object' || value === null) return false
  const { kind, create, add, result } = value as Partial<Part>
  const isWhole = [create, add, result].every((part) => typeof part === 'function')
  return typeof kind === 'string' && isWhole
}
