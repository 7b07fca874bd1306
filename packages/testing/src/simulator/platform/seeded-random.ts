// The one source of randomness of a simulation: xoshiro128** (Blackman and Vigna, 2018), seeded by
// splitmix32. Streams forked by name are independent, so that drawing more in one (a fault that
// was dropped, a log line) leaves the others as they were.

import type { Random } from '@sluice/core/connector'

/** Random numbers that a seed (32 bits) decides. */
export class SeededRandom implements Random {
  readonly #seed: number
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number) {
    this.#seed = seed >>> 0
    let state = this.#seed
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      return mixed ^ (mixed >>> 15)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next()
  }

  /** A stream of its own for a purpose; the same name gives the same stream. */
  fork(name: string): SeededRandom {
    let hash = 0x811c9dc5 ^ this.#seed
    for (let index = 0; index < name.length; index++) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
    }
    return new SeededRandom(hash)
  }

  uint32(): number {
    const scrambled = Math.imul(this.#b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9)
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result >>> 0
  }

  fraction(): number {
    return ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53
  }

  hex(bytes: number): string {
    let text = ''
    for (let count = 0; count < bytes; count++) {
      text += (this.uint32() >>> 24).toString(16).padStart(2, '0')
    }
    return text
  }

  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound)
  }

  between(lowest: number, highest: number): number {
    return lowest + this.fraction() * (highest - lowest)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('There is nothing to pick from.')
    return items[this.below(items.length)] as Item
  }
}
