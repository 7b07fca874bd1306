import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  age,
  count,
  counted,
  duration,
  eventTime,
  percent,
  rate,
  short,
  size,
} from '../../src/text/quantity.ts'

describe('numbers for people', () => {
  test('counts are grouped, and one thing is singular', () => {
    expect(count(1_234_567)).toBe('1,234,567')
    expect(counted(1, 'restart')).toBe('1 restart')
    expect(counted(0, 'entry', 'entries')).toBe('0 entries')
  })

  test('short numbers have three digits and never show 1000 of a unit', () => {
    expect([0, 7, 950, 999.6, 12_345, 999_499, 999_950, 4_560_000].map(short)).toEqual([
      '0',
      '7',
      '950',
      '1 k',
      '12.3 k',
      '999 k',
      '1 M',
      '4.56 M',
    ])
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e14, noNaN: true }), (value) => {
        expect(short(value)).toMatch(/^\d{1,3}(\.\d{1,2})?( [kMGT])?$/)
      }),
    )
  })

  test('rates and sizes carry their units', () => {
    expect(rate(1_060_000)).toBe('1.06 M/s')
    expect(size(512)).toBe('512 B')
    expect(size(1536)).toBe('1.5 KiB')
    expect(size(1023.7 * 1024)).toBe('1 MiB')
    expect(rate(Number.NaN)).toBe('–')
  })

  test('spans have at most two units', () => {
    const spans = [0, 850, 12_340, 59_949, 60_000, 245_000, 7_380_000, 100 * 3_600_000]
    expect(spans.map(duration)).toEqual([
      '0 ms',
      '850 ms',
      '12.3 s',
      '59.9 s',
      '1 min',
      '4 min 5 s',
      '2 h 3 min',
      '4 d 4 h',
    ])
    expect(duration(-5)).toBe('–')
  })

  test('an age says how long ago, in whole seconds', () => {
    expect(age(300)).toBe('just now')
    expect(age(12_900)).toBe('12 s ago')
  })

  test('only the whole is 100 %', () => {
    expect([0, 0.421, 0.9999, 1, 1.2].map(percent)).toEqual([
      '0 %',
      '42 %',
      '99 %',
      '100 %',
      '100 %',
    ])
  })

  test('event time is a moment, nothing yet, or the end', () => {
    expect(eventTime(Date.UTC(2026, 0, 31, 12, 34, 56))).toBe('2026-01-31 12:34:56')
    expect(eventTime(Number.NEGATIVE_INFINITY)).toBe('none yet')
    expect(eventTime(Number.POSITIVE_INFINITY)).toBe('end')
    expect(eventTime(9e18)).toBe('9000000000000000000')
  })
})
