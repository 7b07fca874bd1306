// About how many bytes records take that are handed over as objects and never encoded: enough to
// bound what waits in memory. Looks at a few parts of each record and a few records of a batch.

import type { Batch } from './batch.ts'

/** Parts that are looked at in one record. */
const MAX_PARTS = 64
/** Records that are looked at in one batch. */
const MAX_SAMPLES = 4
/** For an object and each of its properties, or whatever else has no size of its own. */
const PART_BYTES = 8

export function approximateBatchBytes({ values, length }: Batch): number {
  if (length === 0) return 0
  const samples = Math.min(length, MAX_SAMPLES)
  let bytes = 0
  for (let sample = 0; sample < samples; sample++) {
    bytes += approximateBytes(values[Math.floor((sample * length) / samples)])
  }
  return (bytes / samples) * length
}

export function approximateBytes(value: unknown): number {
  return new SizeWalk().bytesOf(value)
}

class SizeWalk {
  #parts = 0

  bytesOf(value: unknown): number {
    this.#parts++
    if (typeof value === 'string') return PART_BYTES + value.length
    if (typeof value !== 'object' || value === null) return PART_BYTES
    if (ArrayBuffer.isView(value)) return PART_BYTES + value.byteLength
    if (Array.isArray(value)) return this.#bytesOfArray(value)
    if (value instanceof Map || value instanceof Set) {
      return this.#bytesOfAll(value as Iterable<unknown>, value.size)
    }
    let bytes = PART_BYTES
    for (const name in value) {
      if (this.#parts >= MAX_PARTS) break
      bytes += this.bytesOf((value as Record<string, unknown>)[name])
    }
    return bytes
  }

  /** As below, without an iterator. */
  #bytesOfArray(elements: readonly unknown[]): number {
    let bytes = 0
    let seen = 0
    for (; seen < elements.length && this.#parts < MAX_PARTS; seen++) {
      bytes += this.bytesOf(elements[seen])
    }
    const each = seen === 0 ? PART_BYTES : bytes / seen
    return PART_BYTES + each * elements.length
  }

  /** What is not looked at counts like what is. */
  #bytesOfAll(elements: Iterable<unknown>, length: number): number {
    let bytes = 0
    let seen = 0
    for (const element of elements) {
      if (this.#parts >= MAX_PARTS) break
      bytes += this.bytesOf(element)
      seen++
    }
    const each = seen === 0 ? PART_BYTES : bytes / seen
    return PART_BYTES + each * length
  }
}
