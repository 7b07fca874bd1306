import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../src/simulator/platform/seeded-random.ts'

describe('Seeded randomness', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed)
      return Array.from({ length: 50 }, () => random.uint32())
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('forks streams that do not touch each other', () => {
    const first = new SeededRandom(1)
    const second = new SeededRandom(1)
    second.uint32()
    expect(first.fork('a').hex(8)).toBe(second.fork('a').hex(8))
    expect(first.fork('a').hex(8)).not.toBe(first.fork('b').hex(8))
    expect(first.fork('a').fork('b').hex(8)).not.toBe(first.fork('b').fork('a').hex(8))
  })

  it('is even', () => {
    const random = new SeededRandom(3)
    const counts = new Array<number>(10).fill(0)
    for (let count = 0; count < 100_000; count++) {
      const index = random.below(10)
      counts[index] = (counts[index] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
    expect(() => random.pick([])).toThrow(RangeError)
  })
})
