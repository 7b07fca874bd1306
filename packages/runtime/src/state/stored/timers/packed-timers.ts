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
  return compareBytes(a.bytes, a.at, a.end, b.bytes, b.at, b.end)
}

/** The same without objects: V8 looks up a property of many kinds of objects each time anew. */
export function compareBytes(
  a: Uint8Array,
  atA: number,
  endA: number,
  b: Uint8Array,
  atB: number,
  endB: number,
): number {
  const sizeA = endA - atA
  const sizeB = endB - atB
  const shorter = Math.min(sizeA, sizeB)
  for (let i = 0; i < shorter; i++) {
    const difference = (a[atA + i] as number) - (b[atB + i] as number)
    if (difference !== 0) return difference
  }
  return sizeA - sizeB
}

/** Appends the timer whose place is in these bytes. */
export function appendTimer(
  writer: ByteWriter,
  isSet: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
): void {
  writer.varint((end - at) * 2 + (isSet ? 1 : 0))
  copyBytes(writer, bytes, at, end)
}

/** Where timers come from in the order of their places, each place once. */
export interface TimerSource extends PlacedBytes {
  /** The timer in hand is set, and not deleted. */
  readonly isSet: boolean
  /** Reads the bytes, at any place until the next timer. */
  readonly reader: ByteReader
  /** Goes to the first timer, or the next one; false at the end. */
  advance(): boolean
}

/** Reads packed timers one after the other. */
export class PackedCursor implements TimerSource {
  readonly bytes: Uint8Array
  at = 0
  end = 0
  isSet = false
  readonly reader: ByteReader

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.reader = new ByteReader(bytes)
  }

  advance(): boolean {
    const { reader } = this
    reader.position = this.end
    if (reader.remaining === 0) return false
    const coded = reader.varint()
    this.isSet = coded % 2 === 1
    this.at = reader.position
    this.end = this.at + (coded >>> 1)
    return true
  }
}

/**
 * Packed timers in the order of their places, none before `from`; of several for one place the last
 * counts.
 */
export function sortedTimers(packed: Uint8Array, from: PlacedBytes | undefined): Uint8Array {
  if (packed.length === 0) return packed
  const cursor = new PackedCursor(packed)
  const timers: PackedTimer[] = []
  while (cursor.advance()) {
    const { at, end, isSet } = cursor
    if (from !== undefined && isBefore(packed, at, end, from)) continue
    timers.push({ at, end, isSet })
  }
  const compare = (a: PackedTimer, b: PackedTimer) => {
    return compareBytes(packed, a.at, a.end, packed, b.at, b.end)
  }
  timers.sort((a, b) => compare(a, b) || a.at - b.at)
  const sorted = new ByteWriter(packed.length)
  timers.forEach((timer, index) => {
    const next = timers[index + 1]
    if (next !== undefined && compare(timer, next) === 0) return
    appendTimer(sorted, timer.isSet, packed, timer.at, timer.end)
  })
  return sorted.written()
}

/** One of several in the same bytes. */
interface PackedTimer {
  readonly at: number
  readonly end: number
  readonly isSet: boolean
}

export function isBefore(bytes: Uint8Array, at: number, end: number, place: PlacedBytes): boolean {
  return compareBytes(bytes, at, end, place.bytes, place.at, place.end) < 0
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

  get reader(): ByteReader {
    return (this.#inHand as TimerSource).reader
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
      const { bytes, at, end } = source
      const order =
        least === undefined ? -1 : compareBytes(bytes, at, end, least.bytes, least.at, least.end)
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
