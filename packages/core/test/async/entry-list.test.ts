import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EntryList } from '../../src/async/entry-list.ts'

interface Numbered {
  place: number
  readonly nth: number
}

test('holds what a Set would, in its order, whoever leaves', () => {
  fc.assert(
    fc.property(
      // Bursts of those that come, and which of those that are there leave.
      fc.array(fc.tuple(fc.nat(200), fc.array(fc.nat(), { maxLength: 200 }))),
      (steps) => {
        const list = new EntryList<Numbered>()
        const model = new Set<Numbered>()
        let nth = 0
        for (const [coming, leaving] of steps) {
          for (let i = 0; i < coming; i++) {
            const entry = { place: 0, nth: nth++ }
            list.add(entry)
            model.add(entry)
          }
          for (const which of leaving) {
            const entry = [...model][which % Math.max(1, model.size)]
            if (entry === undefined) continue
            list.remove(entry)
            model.delete(entry)
          }
          expect(list.size).toBe(model.size)
          expect([...list]).toEqual([...model])
        }
      },
    ),
  )
})

test('those that leave while one goes through are passed over', () => {
  const list = new EntryList<Numbered>()
  const entries = [0, 1, 2, 3].map((nth): Numbered => ({ place: 0, nth }))
  for (const entry of entries) list.add(entry)
  const seen: number[] = []
  for (const entry of list) {
    seen.push(entry.nth)
    list.remove(entry)
    if (entry.nth === 1) list.remove(entries[2] as Numbered)
  }
  expect([seen, list.size]).toEqual([[0, 1, 3], 0])
})
