import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WrittenRows } from '../../../src/state/stored/cache/written-rows.ts'

function rowOf(key: number): Uint8Array {
  return new Uint8Array(Float64Array.of(key).buffer)
}

function mayHold(rows: WrittenRows, namespace: number, key: number): boolean {
  return rows.mayHoldRow(namespace, rowOf(key), 0, 8)
}

describe('the rows that may exist', () => {
  test('of a row that was written it is never said that it does not exist', () => {
    const step = fc.record({
      namespace: fc.integer({ min: -3, max: 8 }),
      key: fc.nat({ max: 50 }),
      any: fc.constantFrom(false, false, false, false, false, true),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rows = new WrittenRows(64)
        const written: [number, number][] = []
        for (const { namespace, key, any } of steps) {
          // A restore says only which namespaces there are.
          if (any) rows.noteAny(namespace)
          else rows.noteRow(namespace, rowOf(key), 0, 8)
          written.push([namespace, key])
        }
        for (const [namespace, key] of written) {
          expect(rows.mayHold(namespace)).toBe(true)
          expect(mayHold(rows, namespace, key)).toBe(true)
        }
      }),
    )
  })

  test('the first record of a key in a window asks the store for nothing, mostly', () => {
    const rows = new WrittenRows(8 * 1024)
    for (let key = 0; key < 10_000; key++) rows.noteRow(1000, rowOf(key), 0, 8)
    let asked = 0
    for (let key = 10_000; key < 20_000; key++) if (mayHold(rows, 1000, key)) asked++
    expect(asked).toBeLessThan(1000)
    expect(mayHold(rows, 2000, 1)).toBe(false)
    // Of an earlier window nothing is known.
    expect(mayHold(rows, 500, 1)).toBe(true)
  })

  test('a window that is no longer among the latest may hold anything', () => {
    const rows = new WrittenRows(1024)
    for (const namespace of [1, 2, 3]) rows.noteRow(namespace, rowOf(7), 0, 8)
    expect(mayHold(rows, 3, 8)).toBe(false)
    expect(mayHold(rows, 2, 8)).toBe(false)
    expect(mayHold(rows, 1, 8)).toBe(true)
    rows.noteAny(2)
    expect(mayHold(rows, 2, 8)).toBe(true)
    expect(mayHold(rows, 3, 8)).toBe(false)
  })
})
