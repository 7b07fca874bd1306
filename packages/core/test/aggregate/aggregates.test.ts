import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aggregationOf, reduction } from '../../src/aggregate/aggregation.ts'
import {
  aggregator,
  count,
  max,
  mean,
  type MergingAggregator,
  min,
  sum,
} from '../../src/aggregate/aggregator.ts'
import { approximateCountDistinct, countDistinct } from '../../src/aggregate/distinct.ts'
import { first, last, topN } from '../../src/aggregate/order-statistics.ts'

const cents = (value: number) => value

/** The result over values, and over the same in two accumulators that are merged. */
function both<In, Out>(aggregate: MergingAggregator<In, Out>, values: readonly In[], cut: number) {
  const { create, add, merge, result } = aggregate
  const over = (part: readonly In[]) => part.reduce<unknown>(add, create())
  return [result(over(values)), result(merge(over(values.slice(0, cut)), over(values.slice(cut))))]
}

test('the built-in aggregates compute what they are called', () => {
  const aggregates = {
    count: count(),
    sum: sum(cents),
    min: min(cents),
    max: max(cents),
    mean: mean(cents),
    first: first<number>(),
    last: last<number>(),
    top: topN(2, cents),
    distinct: countDistinct(cents),
    about: approximateCountDistinct(cents),
  }
  const aggregation = aggregationOf(aggregates, 'all')
  expect(aggregation.withoutMerge).toEqual([])
  const [value, ...rest] = [3, -1, 10, 3]
  const folded = rest.reduce(aggregation.add, aggregation.begin(value))
  const expected = {
    count: 4,
    sum: 15,
    min: -1,
    max: 10,
    mean: 3.75,
    first: 3,
    last: 3,
    top: [10, 3],
    distinct: 3,
    about: 3,
  }
  expect(aggregation.result(folded)).toEqual(expected)
  const halves = aggregation.merge(
    aggregation.add(aggregation.begin(3), -1),
    aggregation.add(aggregation.begin(10), 3),
  )
  expect(aggregation.result(halves)).toEqual(expected)
})

test('merging two accumulators is the same as adding all records to one', () => {
  const aggregates = [
    count(),
    sum(cents),
    min(cents),
    max(cents),
    mean(cents),
    first<number>(),
    last<number>(),
    topN(3, cents),
    countDistinct(cents),
    approximateCountDistinct(cents),
  ] as readonly MergingAggregator<number, unknown>[]
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(values, fc.nat(), fc.constantFrom(...aggregates), (drawn, cut, aggregate) => {
      const [whole, merged] = both(aggregate, drawn, cut % (drawn.length + 1))
      expect(merged).toEqual(whole)
    }),
    { numRuns: 500 },
  )
})

function allOf(parts: number): Record<string, MergingAggregator<number, number>> {
  return Object.fromEntries(Array.from({ length: parts }, (_, part) => [`p${part}`, max(cents)]))
}

describe('an aggregation', () => {
  test('keeps a single number bare, and says by the same object that nothing changed', () => {
    const counting = aggregationOf(count(), 'step')
    expect(counting.begin('a')).toBe(1)
    expect(counting.add(1, 'a')).toBe(2)
    expect(counting.add([3, 1], 'a')).toEqual([3, 2])
    const most = aggregationOf({ most: max(cents), least: min(cents) }, 'step')
    const stored = most.begin(3)
    expect(most.add(stored, 3)).toBe(stored)
    expect(most.add(stored, 4)).toEqual([0, 4, 3])
    expect(stored).toEqual([0, 3, 3])
  })

  test('is always new where a function of the user may have changed it in place', () => {
    const careless = aggregator({
      create: () => new Map<number, number>(),
      add: (seen, n: number) => seen.set(n, n),
      result: (seen) => seen.size,
    })
    for (const others of [{}, { n: max(cents) }, { n: max(cents), m: min(cents) }, allOf(4)]) {
      const aggregation = aggregationOf({ careless, ...others }, 'step')
      const stored = aggregation.begin(1)
      expect(aggregation.add(stored, 1)).not.toBe(stored)
    }
    const alone = aggregationOf(careless, 'step')
    const stored = alone.begin(1)
    expect(alone.add(stored, 1)).not.toBe(stored)
    const folding = reduction((a) => a)
    const folded = folding.begin({})
    expect(folding.add(folded, {})).not.toBe(folded)
  })

  test('of one, two, three or more parts computes the same', () => {
    const parts = { a: count(), b: sum(cents), c: max(cents), d: mean(cents), e: min(cents) }
    const names = Object.keys(parts) as (keyof typeof parts)[]
    for (let size = 1; size <= names.length; size++) {
      const some = Object.fromEntries(names.slice(0, size).map((name) => [name, parts[name]]))
      const aggregation = aggregationOf(some, 'step')
      const folded = [5, -2].reduce(aggregation.add, aggregation.begin(3))
      const all = { a: 3, b: 6, c: 5, d: 2, e: -2 }
      const expected = Object.fromEntries(names.slice(0, size).map((name) => [name, all[name]]))
      expect(aggregation.result(folded)).toEqual(expected)
    }
  })

  test('names what cannot merge', () => {
    const last = aggregator({ create: () => 0, add: (_, n: number) => n, result: (n) => n })
    expect(aggregationOf({ n: count(), last }, 'step').withoutMerge).toEqual(['last:custom'])
  })

  test('folds records into one, undefined among them', () => {
    const folding = reduction((a, b) => [a, b])
    expect(folding.result(folding.add(folding.begin(undefined), 2))).toEqual([undefined, 2])
    expect(folding.result(folding.merge(folding.begin(1), folding.begin(2)))).toEqual([1, 2])
  })
})

describe('topN', () => {
  test('keeps the earlier of equal ranks, and NaN last', () => {
    const top = topN(3, (value: { rank: number; id: number }) => value.rank)
    const values = [NaN, 1, 5, 1, 5].map((rank, id) => ({ rank, id }))
    const { create, add, result } = top
    const folded = values.reduce<unknown>(add, create())
    expect(result(folded).map(({ id }) => id)).toEqual([2, 4, 1])
    const two = values.slice(0, 2).reduce<unknown>(add, create())
    expect(result(two).map(({ id }) => id)).toEqual([1, 0])
  })

  test('refuses numbers that are none', () => {
    for (const n of [0, -1, 1.5, NaN]) {
      expect(() => topN(n, cents)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
    }
  })
})

describe('approximateCountDistinct', () => {
  const { create, add, result } = approximateCountDistinct((value: string | number) => value)

  test('has a standard error of at most two percent, at every size', () => {
    for (const size of [100, 1000, 5000, 10_000, 20_000, 100_000]) {
      let squares = 0
      const rounds = size > 10_000 ? 8 : 20
      for (let round = 0; round < rounds; round++) {
        let sketch = create()
        for (let i = 0; i < size; i++) sketch = add(sketch, `user-${round}-${i}`)
        squares += (result(sketch) / size - 1) ** 2
      }
      expect(Math.sqrt(squares / rounds)).toBeLessThan(0.025)
    }
  })

  test('tells types apart as a Set does', () => {
    const values = [1, '1', true, 1n, 0, '', false] as never[]
    expect(result(values.reduce<unknown>(add, create()))).toBe(7)
    expect(result([0, -0].reduce<unknown>(add, create()))).toBe(1)
  })
})
