// One aggregator or a record of several as one thing. The parts' accumulators stand side by side in
// an array behind a leading slot that belongs to whoever keeps the array (the window: how often it
// fired), so that all of it is one value of state.

import { SluiceError } from '../errors.ts'
import type { Aggregator } from './aggregator.ts'

/** Several aggregators by the name of their result. */
export type NamedAggregates<In> = Readonly<Record<string, Aggregator<In, unknown>>>

/** What `.aggregate` takes: one aggregator, or several by name. */
export type Aggregates<In> = Aggregator<In, unknown> | NamedAggregates<In>

/** The result of one aggregator as it is (`Out`), of several an object of the same names. */
export type AggregateResult<A, Out> = [Out] extends [never]
  ? { [Name in keyof A]: A[Name] extends Aggregator<never, infer Part> ? Part : never }
  : Out

/** A leading number and the accumulators of the parts. Never changed in place. */
export type Accumulators = readonly [leading: number, ...parts: unknown[]]

/** Aggregates made ready for the record path. */
export interface Aggregation {
  /** Names and kinds in order: what stored accumulators must agree with. */
  readonly shape: readonly string[]
  create(leading: number): Accumulators
  add(accumulators: Accumulators, value: unknown): Accumulators
  result(accumulators: Accumulators): unknown
}

/** Checks aggregates (JOB_INVALID) and makes them one aggregation. */
export function aggregationOf(aggregates: Aggregates<never>, step: string): Aggregation {
  if (isAggregator(aggregates)) return aggregation(undefined, [aggregates])
  const named = typeof aggregates === 'object' && aggregates !== null ? aggregates : {}
  const names = Object.keys(named)
  const parts = Object.values(named) as Aggregator<unknown, unknown>[]
  if (names.length === 0 || !parts.every(isAggregator)) {
    throw new SluiceError('JOB_INVALID', 'A window needs at least one aggregate.', {
      where: { step },
      hint: 'For example: { orders: count(), cents: sum((order) => order.cents) }.',
    })
  }
  return aggregation(names, parts)
}

function aggregation(
  names: readonly string[] | undefined,
  parts: readonly Aggregator<unknown, unknown>[],
): Aggregation {
  const size = parts.length
  const first = parts[0] as Aggregator<unknown, unknown>
  return {
    shape: parts.map((part, index) => (names ? `${names[index]}:${part.kind}` : part.kind)),
    create: (leading) => [leading, ...parts.map((part) => part.create())],
    add(accumulators, value) {
      // A copy of a small array of known length is the cheapest thing that leaves the old one
      // alone.
      const next = accumulators.slice()
      for (let index = 0; index < size; index++) {
        next[index + 1] = (parts[index] as typeof first).add(next[index + 1], value)
      }
      return next as unknown as Accumulators
    },
    result(accumulators) {
      if (names === undefined) return first.result(accumulators[1])
      const result: Record<string, unknown> = {}
      for (let index = 0; index < size; index++) {
        const part = parts[index] as typeof first
        result[names[index] as string] = part.result(accumulators[index + 1])
      }
      return result
    },
  }
}

function isAggregator(value: unknown): value is Aggregator<unknown, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const { kind, create, add, result } = value as Partial<Aggregator<unknown, unknown>>
  const isWhole = [create, add, result].every((part) => typeof part === 'function')
  return typeof kind === 'string' && isWhole
}
