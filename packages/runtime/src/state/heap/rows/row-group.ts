// A table of numbers by whole numbers: key, stamp and value of a row stand side by side, so that an
// update touches two lines of the cache and leaves nothing to the garbage collector. Rows stay in
// the order in which they came. A stamp is negative where a row was removed, zero for a new one.

import { isKept, type SeenRows } from './row-cell.ts'
import { type Places, PlacesOfRows } from './row-source.ts'

/** A power of two. */
const FIRST_ROWS = 8

/** The rows of one key group, in the order in which they came, and an index to find them. */
export class RowGroup implements SeenRows {
  /** Places with the number of a row, plus one; a power of two of them, at most half in use. */
  #index = new Int32Array(FIRST_ROWS * 2)
  #used = 0
  /** Two views of the same bytes: of each row key, stamp, and the value behind them. */
  #integers = new Int32Array(FIRST_ROWS * 4)
  #numbers = new Float64Array(this.#integers.buffer)

  get numbers(): Float64Array {
    return this.#numbers
  }

  /** The row of a key; -1 where it has none. */
  find(key: number): number {
    const index = this.#index
    const integers = this.#integers
    const mask = index.length - 1
    for (let place = hashOf(key) & mask; ; place = (place + 1) & mask) {
      const row = (index[place] as number) - 1
      if (row < 0 || integers[row * 4] === key) return row
    }
  }

  stamp(row: number): number {
    return this.#integers[row * 4 + 1] as number
  }

  setStamp(row: number, stamp: number): void {
    this.#integers[row * 4 + 1] = stamp
  }

  key(row: number): number {
    return this.#integers[row * 4] as number
  }

  /** Rows have none. */
  namespace(): number {
    return 0
  }

  start(row: number): number {
    return row * 2 + 1
  }

  /** A number by itself. */
  length(): number {
    return 0
  }

  /** The places of all rows, in order, as they are now. */
  places(): Places {
    return new PlacesOfRows(this.#numbers, 2, -1, this.#used)
  }

  value(row: number): number {
    return this.#numbers[row * 2 + 1] as number
  }

  write(row: number, stamp: number, value: number): void {
    this.#integers[row * 4 + 1] = stamp
    this.#numbers[row * 2 + 1] = value
  }

  /** Makes the row of a key that has none. */
  add(key: number): number {
    if (this.#used * 4 >= this.#integers.length) this.#grow()
    const row = this.#used++
    this.#integers[row * 4] = key
    const mask = this.#index.length - 1
    let place = hashOf(key) & mask
    while (this.#index[place] !== 0) place = (place + 1) & mask
    this.#index[place] = row + 1
    return row
  }

  /** Takes over all rows but those whose removal was written. */
  #grow(): void {
    const integers = this.#integers
    const numbers = this.#numbers
    const rows = this.#used
    let kept = 0
    for (let row = 0; row < rows; row++) if (isKept(integers[row * 4 + 1] as number)) kept++
    const room = kept * 2 >= rows ? rows * 2 : rows
    this.#index = new Int32Array(room * 2)
    this.#integers = new Int32Array(room * 4)
    this.#numbers = new Float64Array(this.#integers.buffer)
    this.#used = 0
    for (let row = 0; row < rows; row++) {
      const stamp = integers[row * 4 + 1] as number
      if (!isKept(stamp)) continue
      this.write(this.add(integers[row * 4] as number), stamp, numbers[row * 2 + 1] as number)
    }
  }
}

function hashOf(key: number): number {
  const hash = Math.imul(key, 0x9e3779b1)
  return hash ^ (hash >>> 15)
}
