import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generatorSource } from '../../src/builtin/generator-source.ts'
import { memorySource } from '../../src/builtin/memory-source.ts'
import { newBatch, read, VirtualClock } from './source-harness.ts'

const byNumber = (a: number, b: number) => a - b
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('a generator source', () => {
  test('gives each index once, whatever the splits, the readers and the restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 40 }),
        fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 40 }),
        async (count, splits, before, after, stopAfter) => {
          const options = { generate: (index: number) => index, count }
          const source = generatorSource(splits === undefined ? options : { ...options, splits })
          const first = await read(source, { parallelism: before, stopAfter })
          const rest = await read(source, { parallelism: after, from: first.snapshot })
          expect([...first.all, ...rest.all].sort(byNumber)).toEqual(upTo(count))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('deals its splits out to all readers', async () => {
    const source = generatorSource({ generate: (index) => index, count: 8 })
    const { records } = await read(source, { parallelism: 4 })
    expect(records).toEqual([
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ])
  })

  test('gives the same random numbers for an index, in every run and split', async () => {
    const draw = (seed: number, splits: number) =>
      read(
        generatorSource({
          generate: (index, random) => [index, random.fraction(), random.integer(1000)] as const,
          count: 50,
          seed,
          splits,
        }),
      )
    const sorted = (rows: readonly (readonly number[])[]) =>
      [...rows].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    const [one, again, other] = await Promise.all([draw(1, 1), draw(1, 7), draw(2, 1)])
    expect(sorted(one.all)).toEqual(sorted(again.all))
    expect(new Set([...one.all, ...other.all].map(([, fraction]) => fraction)).size).toBe(100)
  })

  test('draws evenly', async () => {
    const source = generatorSource({
      generate: (_index, random) => random.pick(['a', 'b', 'c', 'd']),
      count: 40_000,
    })
    const { all } = await read(source, { capacity: 1000 })
    for (const letter of 'abcd') {
      const share = all.filter((each) => each === letter).length / all.length
      expect(share).toBeGreaterThan(0.24)
      expect(share).toBeLessThan(0.26)
    }
  })

  test('keeps to its rate over all readers', async () => {
    const source = generatorSource({ generate: (i) => i, count: 500, ratePerSecond: 100 })
    const { all, elapsedMs } = await read(source, { parallelism: 2, capacity: 64 })
    expect(all).toHaveLength(500)
    expect(elapsedMs).toBeGreaterThan(4_800)
    expect(elapsedMs).toBeLessThan(5_200)
  })

  test('without a count has no end', async () => {
    const source = generatorSource({ generate: (index) => index })
    expect(source.bounded).toBe(false)
    const { all } = await read(source, { stopAfter: 1000 })
    expect(all.slice(0, 1000)).toEqual(upTo(1000))
  })

  test('says which record could not be generated, and goes no further', async () => {
    const source = generatorSource({
      generate(index) {
        if (index === 5) throw new Error('five')
        return index
      },
      count: 10,
    })
    await expect(read(source)).rejects.toMatchObject({
      code: 'USER_FUNCTION_FAILED',
      message: 'Generating record 5 failed: five',
    })
  })

  test('refuses settings that make no sense', () => {
    const generate = (index: number) => index
    for (const wrong of [{ count: -1 }, { splits: 0 }, { ratePerSecond: 0 }, { seed: 0.5 }]) {
      expect(() => generatorSource({ generate, ...wrong })).toThrow(
        expect.objectContaining({ code: 'SETTING_INVALID' }),
      )
    }
  })
})

test('a memory source gives its array in order, and goes on where it was', async () => {
  const source = memorySource(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
  const first = await read(source, { stopAfter: 3, parallelism: 2 })
  const rest = await read(source, { from: first.snapshot })
  expect(first.all).toEqual(['a', 'b', 'c'])
  expect(rest.all).toEqual(['d', 'e', 'f', 'g'])
})

test('paused splits are handed over nothing of, stay in the snapshot, and go on', () => {
  const virtual = new VirtualClock()
  const source = generatorSource({ count: 6, splits: 2, generate: (index) => index })
  const reader = source.createReader({ clock: virtual.clock, timers: virtual.timers } as never)
  const next = () => {
    const batch = newBatch<number>(1)
    const status = reader.poll(batch)
    return batch.length === 0 ? status : batch.values[0]
  }
  reader.addSplits([0, 1].map((index) => ({ id: `indexes-${index}`, next: index, stride: 2 })))
  reader.noMoreSplits()
  expect([next(), next()]).toEqual([0, 1])
  reader.pauseSplits?.(['indexes-0'])
  expect([next(), next()]).toEqual([3, 5])
  expect(reader.snapshot(1)).toEqual([{ id: 'indexes-0', next: 2, stride: 2 }])
  expect(next(), 'a paused split is no end').toBe('wait')
  reader.resumeSplits?.(['indexes-0'])
  expect([next(), next(), next()]).toEqual([2, 4, 'end'])
})
