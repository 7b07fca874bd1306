import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlaceGroup } from '../../../src/state/heap/rows/place-group.ts'

const places = fc.uniqueArray(
  fc.tuple(
    fc.oneof(fc.integer(), fc.nat(50), fc.constant(-(2 ** 31)), fc.constant(2 ** 31 - 1)),
    fc.oneof(fc.nat(5), fc.maxSafeInteger(), fc.double({ noNaN: true })).map((time) => time + 0),
  ),
  { selector: ([key, namespace]) => `${key} ${namespace}`, maxLength: 300 },
)

test('each place finds its own row, and a place without one finds none', () => {
  fc.assert(
    fc.property(places, places, (some, others) => {
      const group = new PlaceGroup(1)
      const rows = new Map<string, number>()
      for (const [key, namespace] of some) {
        if (group.isFull) group.makeRoom(() => true)
        const row = group.add(key, namespace)
        group.setStamp(row, 2)
        rows.set(`${key} ${namespace}`, row)
      }
      for (const [key, namespace] of [...some, ...others]) {
        expect(group.find(key, namespace)).toBe(rows.get(`${key} ${namespace}`) ?? -1)
      }
    }),
  )
})

test('a hundred thousand windows of one key group are all found where they were put', () => {
  const group = new PlaceGroup(2)
  const start = 1_700_000_000_000
  let wrong = 0
  for (let row = 0; row < 100_000; row++) {
    if (group.isFull) group.makeRoom(() => true)
    if (group.add(row >> 2, start + (row & 3) * 10_000) !== row) wrong++
    group.setStamp(row, 2)
  }
  for (let row = 0; row < 100_000; row++) {
    if (group.find(row >> 2, start + (row & 3) * 10_000) !== row) wrong++
    if (group.find(row >> 2, start + 40_000) !== -1) wrong++
  }
  expect(wrong).toBe(0)
})
