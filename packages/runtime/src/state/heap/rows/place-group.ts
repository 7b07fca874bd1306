// A table of short rows of numbers by place: a whole number as key, and a namespace. All that
// belongs to a row stands side by side, so that an access touches two lines of the cache and leaves
// nothing to the garbage collector. Rows stay in the order in which they came. What the stamps mean
// is the affair of place-rows.ts.

import type { SeenRows } from './row-cell.ts'
import { type Places, PlacesOfRows } from './row-source.ts'

/** A power of two. */
const FIRST_ROWS = 8

/** Doubles of a row before its numbers: key and stamp, birth and length, namespace. */
const HEAD = 3

/** The rows of one key group. */
export class PlaceGroup implements SeenRows {
  /**
   * A power of two of slots, at most half in use: the number of a row, plus one, and above it what
   * the hash of its place has there, so that rows of other places are hardly ever looked at.
   */
  #index = new Int32Array(FIRST_ROWS * 2)
  #used = 0
  #stride: number
  /** Two views of the same bytes. */
  #integers: Int32Array
  #numbers: Float64Array

  /** @param width The most numbers in a row. */
  constructor(width: number) {
    this.#stride = HEAD + width
    this.#numbers = new Float64Array(FIRST_ROWS * this.#stride)
    this.#integers = new Int32Array(this.#numbers.buffer)
  }

  /** The most numbers that a row has room for. */
  get width(): number {
    return this.#stride - HEAD
  }

  get used(): number {
    return this.#used
  }

  get isFull(): boolean {
    return this.#used * 2 >= this.#index.length
  }

  /** The row of a place; -1 where it has none. */
  find(key: number, namespace: number): number {
    const index = this.#index
    const integers = this.#integers
    const numbers = this.#numbers
    const stride = this.#stride
    const mask = index.length - 1
    const hash = hashOf(key, namespace)
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = index[at] as number
      if (slot === 0) return -1
      if (((slot ^ hash) & ~mask) !== 0) continue
      const row = (slot & mask) - 1
      const start = row * stride
      if (integers[start * 2] === key && numbers[start + 2] === namespace) return row
    }
  }

  key(row: number): number {
    return this.#integers[row * this.#stride * 2] as number
  }

  namespace(row: number): number {
    return this.#numbers[row * this.#stride + 2] as number
  }

  stamp(row: number): number {
    return this.#integers[row * this.#stride * 2 + 1] as number
  }

  setStamp(row: number, stamp: number): void {
    this.#integers[row * this.#stride * 2 + 1] = stamp
  }

  birth(row: number): number {
    return this.#integers[row * this.#stride * 2 + 2] as number
  }

  setBirth(row: number, birth: number): void {
    this.#integers[row * this.#stride * 2 + 2] = birth
  }

  get numbers(): Float64Array {
    return this.#numbers
  }

  start(row: number): number {
    return row * this.#stride + HEAD
  }

  length(row: number): number {
    return this.#integers[row * this.#stride * 2 + 3] as number
  }

  /** What a row holds: a number, or a new array of several. */
  value(row: number): number | number[] {
    const start = row * this.#stride
    const numbers = this.#numbers
    const length = this.#integers[start * 2 + 3] as number
    const at = start + HEAD
    const first = numbers[at] as number
    // An array written out is much cheaper than one that grows.
    switch (length) {
      case 0:
        return first
      case 1:
        return [first]
      case 2:
        return [first, numbers[at + 1] as number]
      case 3:
        return [first, numbers[at + 1] as number, numbers[at + 2] as number]
      case 6:
        return this.#six(at)
      default:
        return this.#several(at, length)
    }
  }

  /** As many as a key with one session has. */
  #six(at: number): number[] {
    const numbers = this.#numbers
    return [
      numbers[at] as number,
      numbers[at + 1] as number,
      numbers[at + 2] as number,
      numbers[at + 3] as number,
      numbers[at + 4] as number,
      numbers[at + 5] as number,
    ]
  }

  #several(at: number, length: number): number[] {
    const values: number[] = []
    for (let i = 0; i < length; i++) values.push(this.#numbers[at + i] as number)
    return values
  }

  /** `value` is a number, or an array of no more than the width. */
  setValue(row: number, value: number | readonly number[]): void {
    const start = row * this.#stride
    const numbers = this.#numbers
    if (typeof value === 'number') {
      this.#integers[start * 2 + 3] = 0
      numbers[start + HEAD] = value
      return
    }
    const { length } = value
    this.#integers[start * 2 + 3] = length
    for (let i = 0; i < length; i++) numbers[start + HEAD + i] = value[i] as number
  }

  /** Makes the row of a place that has none; there must be room. */
  add(key: number, namespace: number): number {
    const row = this.#used++
    const start = row * this.#stride
    this.#integers[start * 2] = key
    this.#numbers[start + 2] = namespace
    this.#enter(key, namespace, row)
    return row
  }

  #enter(key: number, namespace: number, row: number): void {
    const index = this.#index
    const mask = index.length - 1
    const hash = hashOf(key, namespace)
    let at = hash & mask
    while (index[at] !== 0) at = (at + 1) & mask
    // Half of the slots are free, so that the number of a row fits below what the mask leaves.
    index[at] = (hash & ~mask) | (row + 1)
  }

  /** Makes room, and leaves the rows behind whose stamps do not pass; rows become so wide. */
  makeRoom(keeps: (stamp: number) => boolean, width = this.width): void {
    const numbers = this.#numbers
    const integers = this.#integers
    const from = this.#stride
    const stride = HEAD + width
    const rows = this.#used
    let kept = 0
    for (let row = 0; row < rows; row++) if (keeps(this.stamp(row))) kept++
    let room = FIRST_ROWS
    while (room < kept * 2) room *= 2
    this.#stride = stride
    this.#index = new Int32Array(room * 2)
    this.#numbers = new Float64Array(room * stride)
    this.#integers = new Int32Array(this.#numbers.buffer)
    this.#used = 0
    for (let row = 0; row < rows; row++) {
      const start = row * from
      if (!keeps(integers[start * 2 + 1] as number)) continue
      const moved = this.#used++ * stride
      // As integers: doubles made of two of them might be NaN, of which bits may change.
      for (let i = 0; i < from * 2; i++) {
        this.#integers[moved * 2 + i] = integers[start * 2 + i] as number
      }
      this.#enter(integers[start * 2] as number, numbers[start + 2] as number, this.#used - 1)
    }
  }

  /** The places of all rows, in order, as they are now. */
  places(): Places {
    return new PlacesOfRows(this.#numbers, this.#stride, 2, this.#used)
  }
}

function hashOf(key: number, namespace: number): number {
  const hash = Math.imul(key, 0x9e3779b1) ^ Math.imul(namespace | 0, 0x85ebca6b)
  return hash ^ (hash >>> 15)
}
