// Generated records: a function of the index and of random numbers that depend on seed and index
// alone, so that a replay after a restart gives the same records.

import type { Source } from '../connector/source.ts'
import { SluiceError } from '../errors.ts'
import { indexSource, type IndexSplit } from './index-source.ts'

/** Random numbers of one record: the same for the same seed and index. */
export interface GeneratorRandom {
  /** Uniform in [0, 1). */
  fraction(): number
  /** A whole number, uniform in [0, below). */
  integer(below: number): number
  /** One of the items. */
  pick<Item>(items: readonly Item[]): Item
}

/** Options of `generatorSource`. */
export interface GeneratorOptions<T> {
  /**
   * The record of an index. Must depend on its arguments alone; `random` is valid during the call.
   */
  generate(index: number, random: GeneratorRandom): T
  /** How many records; without end unless set. */
  readonly count?: number
  /** Records per second over all splits; as fast as possible unless set. */
  readonly ratePerSecond?: number
  /** Split s of n has the indexes s, s + n, s + 2n, …; one split per subtask unless set. */
  readonly splits?: number
  /** 0 unless set. */
  readonly seed?: number
}

/**
 * A source of generated records.
 *
 * @example
 * const clicks = generatorSource({
 *   generate: (index, random) => ({ user: random.integer(1000), at: index * 10 }),
 *   count: 1_000_000,
 * })
 */
export function generatorSource<T>(options: GeneratorOptions<T>): Source<T, IndexSplit> {
  const { count, ratePerSecond, splits, seed = 0 } = options
  checkNumber(count, 'count', (value) => Number.isSafeInteger(value) && value >= 0)
  checkNumber(splits, 'splits', (value) => Number.isSafeInteger(value) && value >= 1)
  checkNumber(ratePerSecond, 'ratePerSecond', (value) => Number.isFinite(value) && value > 0)
  checkNumber(seed, 'seed', Number.isSafeInteger)
  return indexSource({
    kind: 'generator',
    count,
    splits,
    ratePerSecond,
    description: { count, ratePerSecond, splits, seed },
    recordAt: seeded(options, seed),
  })
}

function seeded<T>(options: GeneratorOptions<T>, seed: number): (index: number) => T {
  const random = new IndexRandom(seed)
  return (index) => {
    random.moveTo(index)
    return options.generate(index, random)
  }
}

/** Mulberry32 (Tommy Ettinger), started anew for each index from a mix of seed and index. */
class IndexRandom implements GeneratorRandom {
  readonly #seed: number
  #state = 0
  #index = 0
  /** Nothing was drawn for the index yet: records that draw nothing cost nothing here. */
  #isFresh = true

  constructor(seed: number) {
    this.#seed = mixed(mixed(seed | 0) ^ Math.floor(seed / 2 ** 32))
  }

  moveTo(index: number): void {
    this.#index = index
    this.#isFresh = true
  }

  fraction(): number {
    return this.#next() / 2 ** 32
  }

  integer(below: number): number {
    return Math.floor((this.#next() / 2 ** 32) * below)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(items.length)] as Item
  }

  #next(): number {
    if (this.#isFresh) this.#begin()
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let value = this.#state
    value = Math.imul(value ^ (value >>> 15), value | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return (value ^ (value >>> 14)) >>> 0
  }

  #begin(): void {
    const index = this.#index
    const low = mixed(this.#seed ^ (index | 0))
    this.#state = index < 2 ** 32 ? low : mixed(low ^ Math.floor(index / 2 ** 32))
    this.#isFresh = false
  }
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let mixing = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35)
  return mixing ^ (mixing >>> 16)
}

function checkNumber(
  value: number | undefined,
  name: string,
  isRight: (value: number) => boolean,
): void {
  if (value === undefined || isRight(value)) return
  throw new SluiceError('SETTING_INVALID', `${name} of a generator source is ${String(value)}.`)
}
