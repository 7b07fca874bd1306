import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tableLines } from '../../src/text/table.ts'
import { widthOf } from '../../src/text/width.ts'

const columns = [
  { title: 'step', least: 4 },
  { title: 'records', align: 'right', dropped: 2 },
  { title: 'watermark', dropped: 1 },
] as const
const rows = [
  ['orders', '1,234', '2026-01-31'],
  ['revenue-per-minute', '7', 'none yet'],
]

describe('a table', () => {
  test('aligns its columns, numbers on the right', () => {
    expect(tableLines(columns, rows)).toEqual([
      'step                records  watermark',
      'orders                1,234  2026-01-31',
      'revenue-per-minute        7  none yet',
    ])
  })

  test('shrinks what may shrink in a narrow window', () => {
    expect(tableLines(columns, rows, 30)).toEqual([
      'step       records  watermark',
      'orders       1,234  2026-01-31',
      'revenue-…        7  none yet',
    ])
  })

  test('lets go of what matters least in a very narrow window', () => {
    expect(tableLines(columns, rows, 17)).toEqual([
      'step   watermark',
      'orde…  2026-01-31',
      'reve…  none yet',
    ])
    expect(tableLines(columns, rows, 5)).toEqual(['step', 'orde…', 'reve…'])
  })

  test('is never wider than the window', () => {
    const cell = fc.string({ maxLength: 20 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (cells, window) => {
          for (const line of tableLines(columns, cells, window)) {
            expect(widthOf(line)).toBeLessThanOrEqual(window)
          }
        },
      ),
    )
  })
})
