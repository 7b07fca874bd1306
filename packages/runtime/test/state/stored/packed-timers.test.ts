import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../src/network/codec/byte-writer.ts'
import { readTime, writeTime } from '../../../src/state/stored/rows/row-time.ts'
import {
  appendTimer,
  compareBytes,
  MergedTimers,
  PackedCursor,
  placed,
  sortedTimers,
} from '../../../src/state/stored/timers/packed-timers.ts'

const anyPlace = fc.uint8Array({ minLength: 1, maxLength: 3, max: 2 })
const anyTimers = fc.array(fc.record({ place: anyPlace, isSet: fc.boolean() }), { maxLength: 40 })

function packed(timers: readonly { place: Uint8Array; isSet: boolean }[]): Uint8Array {
  const writer = new ByteWriter()
  for (const { place, isSet } of timers) appendTimer(writer, isSet, place, 0, place.length)
  return writer.copy()
}

function placesOf(cursor: PackedCursor | MergedTimers): string[] {
  const places: string[] = []
  while (cursor.advance()) {
    // Whoever reads of the timer in hand does not move the cursor.
    cursor.reader.position = cursor.at
    cursor.reader.u8()
    if (cursor.isSet) places.push(String(cursor.bytes.slice(cursor.at, cursor.end)))
  }
  return places
}

/** The places that are set in the end, in their order. */
function expected(timers: readonly { place: Uint8Array; isSet: boolean }[]): string[] {
  const last = new Map(timers.map((timer) => [String(timer.place), timer]))
  return [...last.values()]
    .filter(({ isSet }) => isSet)
    .map(({ place }) => place)
    .sort((a, b) => compareBytes(a, 0, a.length, b, 0, b.length))
    .map(String)
}

describe('packed timers', () => {
  test('are sorted by the bytes of their places, and the last for a place counts', () => {
    fc.assert(
      fc.property(anyTimers, (timers) => {
        const sorted = new PackedCursor(sortedTimers(packed(timers), undefined))
        expect(placesOf(sorted)).toEqual(expected(timers))
      }),
    )
  })

  test('before a place are left out', () => {
    fc.assert(
      fc.property(anyTimers, anyPlace, (timers, from) => {
        const sorted = new PackedCursor(sortedTimers(packed(timers), placed(from)))
        const later = timers.filter(({ place }) => {
          return compareBytes(place, 0, place.length, from, 0, from.length) >= 0
        })
        expect(placesOf(sorted)).toEqual(expected(later))
      }),
    )
  })

  test('of several sources come in one order, and what a newer source says counts', () => {
    fc.assert(
      fc.property(fc.array(anyTimers, { maxLength: 5 }), (sources) => {
        const cursors = sources.map((timers) => {
          return new PackedCursor(sortedTimers(packed(timers), undefined))
        })
        expect(placesOf(new MergedTimers(cursors.reverse()))).toEqual(expected(sources.flat()))
      }),
    )
  })

  test('have times that are read as they were written, and are ordered as numbers are', () => {
    const bytesOf = (time: number) => {
      const writer = new ByteWriter()
      writeTime(writer, time)
      return writer.copy()
    }
    const anyTime = fc.double({ noNaN: true }).map((time) => time + 0)
    fc.assert(
      fc.property(anyTime, anyTime, (a, b) => {
        expect(readTime(bytesOf(a), 0)).toBe(a)
        const order = compareBytes(bytesOf(a), 0, 8, bytesOf(b), 0, 8)
        expect(Math.sign(order)).toBe(a === b ? 0 : a < b ? -1 : 1)
      }),
    )
  })
})
