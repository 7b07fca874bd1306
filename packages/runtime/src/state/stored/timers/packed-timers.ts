// Timers as packed bytes: one after the other, each setting or deleting one. The place of a timer
// is the bytes of its time and then of its key and namespace; the order of places is that of the
// bytes.

import { ByteReader } from '../../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { copyBytes } from '../rows/copy-bytes.ts'

/** Bytes with the place of a timer somewhere in them. */
export interface PlacedBytes {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
}

/** All of the bytes, as a place. */
export function placed(bytes: Uint8Array): PlacedBytes {
  return { bytes, at: 0, end: bytes.length }
}

export function comparePlaces(a: PlacedBytes, b: PlacedBytes): number {
  const sizeA = a.end - a.at
  const sizeB = b.end - b.at
  const shorter = Math.min(sizeA, sizeB)
  for (let i = 0; i < shorter; i++) {
    const difference = (a.bytes[a.at + i] as number) - (b.bytes[b.at + i] as number)
    if (difference !== 0) return difference
  }
  return sizeA - sizeB
}

export function appendTimer(writer: ByteWriter, isSet: boolean, place: PlacedBytes): void {
  writer.varint((place.end - place.at) * 2 + (isSet ? 1 : 0))
  copyBytes(writer, place.bytes, place.at, place.end)
}

/** Where timers come from in the order of their places, each place once. */
export interface TimerSource extends PlacedBytes {
  /** The timer in hand is set, and not deleted. */
  readonly isSet: boolean
  /** Goes to the first timer, or the next one; false at the end. */
  advance(): boolean
}

/** Reads packed timers one after the other. */
export class PackedCursor implements TimerSource {
  readonly bytes: Uint8Array
  at = 0
  end = 0
  isSet = false
  readonly #reader: ByteReader

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#reader = new ByteReader(bytes)
  }

  advance(): boolean {
    const reader = this.#reader
    if (reader.remaining === 0) return false
    const coded = reader.varint()
    this.isSet = coded % 2 === 1
    this.at = reader.position
    this.end = this.at + (coded >>> 1)
    reader.position = this.end
    return true
  }
}

/**
 * Packed timers in the order of their places, none before `from`; of several for one place the last
 * counts.
 */
export function sortedTimers(packed: Uint8Array, from: PlacedBytes | undefined): Uint8Array {
  const cursor = new PackedCursor(packed)
  const timers: (PlacedBytes & { readonly isSet: boolean })[] = []
  while (cursor.advance()) {
    if (from !== undefined && comparePlaces(cursor, from) < 0) continue
    timers.push({ bytes: packed, at: cursor.at, end: cursor.end, isSet: cursor.isSet })
  }
  timers.sort((a, b) => comparePlaces(a, b) || a.at - b.at)
  const sorted = new ByteWriter(packed.length)
  timers.forEach((timer, index) => {
    const next = timers[index + 1]
    if (next !== undefined && comparePlaces(timer, next) === 0) return
    appendTimer(sorted, timer.isSet, timer)
  })
  return sorted.written()
}

/** The timers of several sources in one order: what a newer source says of a place counts. */
export class MergedTimers implements TimerSource {
  readonly isSet = true
  bytes: Uint8Array = new Uint8Array()
  at = 0
  end = 0
  readonly #sources: TimerSource[]
  /** Where the timer in hand comes from. */
  #inHand: TimerSource | undefined = undefined

  /** The newest source comes first; none has been advanced yet. */
  constructor(sources: readonly TimerSource[]) {
    this.#sources = sources.filter((source) => source.advance())
  }

  /** There is a timer in hand. */
  get isAhead(): boolean {
    return this.#inHand !== undefined
  }

  /** Goes to the next timer that is set; false where there is none any more. */
  advance(): boolean {
    for (;;) {
      // Only now: a source lets go of what it has passed, and nobody has to take what is in hand.
      if (this.#inHand !== undefined) this.#advance(this.#inHand)
      const least = this.#least()
      this.#inHand = least
      if (least === undefined) return false
      this.bytes = least.bytes
      this.at = least.at
      this.end = least.end
      if (least.isSet) return true
    }
  }

  #least(): TimerSource | undefined {
    let least: TimerSource | undefined
    for (let index = 0; index < this.#sources.length; index++) {
      const source = this.#sources[index] as TimerSource
      const order = least === undefined ? -1 : comparePlaces(source, least)
      if (order < 0) least = source
      // A newer source has said what counts.
      else if (order === 0 && !this.#advance(source)) index--
    }
    return least
  }

  /** False where the source came to its end, and is left out from here on. */
  #advance(source: TimerSource): boolean {
    if (source.advance()) return true
    this.#sources.splice(this.#sources.indexOf(source), 1)
    return false
  }
}
