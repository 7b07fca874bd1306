import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { approximateBatchBytes, approximateBytes } from '../../src/network/approximate-size.ts'
import { Batch } from '../../src/network/batch.ts'

function batchOf(values: readonly unknown[]): Batch {
  const batch = Batch.empty()
  for (const [at, value] of values.entries()) batch.values[at] = value
  batch.length = values.length
  return batch
}

describe('The approximate size', () => {
  test('is that of the texts and bytes where these are what counts', () => {
    const text = 'x'.repeat(1_000_000)
    for (const large of [
      text,
      [text],
      { a: { b: text } },
      new Map([['k', text]]),
      new Set([text]),
    ]) {
      expect(approximateBytes(large)).toBeGreaterThanOrEqual(1_000_000)
      expect(approximateBytes(large)).toBeLessThan(1_000_200)
    }
    expect(approximateBytes({ bytes: new Uint8Array(500_000) })).toBeGreaterThanOrEqual(500_000)
  })

  test('of an array is that of a set of the same elements', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.anything(), { maxLength: 100 }), (elements) => {
        const distinct = new Set(elements)
        expect(approximateBytes([...distinct])).toBe(approximateBytes(distinct))
      }),
    )
  })

  test('of a long array and of a batch goes by a few elements', () => {
    const long = Array.from({ length: 100_000 }, () => 'x'.repeat(92))
    expect(approximateBytes(long)).toBeCloseTo(10_000_000, -3)
    expect(approximateBatchBytes(batchOf(long.slice(0, 1_000)))).toBe(100_000)
    expect(approximateBatchBytes(batchOf([]))).toBe(0)
  })

  test('is positive and found in bounded time for everything, circles included', () => {
    const circle: Record<string, unknown> = { name: 'circle' }
    circle['self'] = [circle, circle]
    expect(approximateBytes(circle)).toBeGreaterThan(0)
    fc.assert(fc.property(fc.anything(), (value) => approximateBytes(value) > 0))
  })
})
