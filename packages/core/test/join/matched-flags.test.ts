import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMatched, type MatchedFlags, withMatched } from '../../src/join/matched-flags.ts'

test('flags are what was set, and older ones stay as they were', () => {
  const indexes = fc.array(fc.nat(100), { maxLength: 5 })
  fc.assert(
    fc.property(fc.array(indexes), (steps) => {
      let flags: MatchedFlags = 0
      const set = new Set<number>()
      for (const step of steps) {
        const before = flags
        const expected = [...set]
        flags = withMatched(flags, step)
        for (let index = 0; index <= 110; index++) {
          expect(isMatched(before, index)).toBe(expected.includes(index))
        }
        for (const index of step) set.add(index)
        for (let index = 0; index <= 110; index++) {
          expect(isMatched(flags, index)).toBe(set.has(index))
        }
      }
    }),
  )
})
