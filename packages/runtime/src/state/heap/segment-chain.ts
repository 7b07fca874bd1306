// The segments that hold the state of a backend as of some barrier, oldest first, and the choice of
// the key groups that the next snapshot writes whole. A segment is needed as long as it says
// something of a group that no later one holds whole.
//
// Groups are written whole a few at a time, those whose last whole copy is oldest first, so that no
// checkpoint carries the cost of a full copy.

import type { BuiltSegment } from '../segment/segment-builder.ts'
import type { GroupSection } from '../segment/segment-format.ts'
import type { SegmentRef } from '../state-backend.ts'

/** Whole copies begin when changes take more than this part of what is held whole. */
const CHANGES_PART = 1 / 3
/** Bytes of whole groups in one snapshot, by the bytes of the changes in the one before. */
const WHOLE_PER_CHANGE = 3
/** With more segments than this, old ones are replaced although they are small. */
const MANY_SEGMENTS = 32
const LEAST_PART = 1 / 64

/** A stored segment, with what it says of each key group (by index in the range). */
export interface StoredSegment {
  readonly ref: SegmentRef
  /** The stamp of the capture that it came from; 0 for restored ones. */
  readonly stamp: number
  readonly wholeBytes: Float64Array
  readonly changeBytes: Float64Array
  /** 1 where the group is whole. */
  readonly whole: Uint8Array
}

/** Describes a segment by the sections of its footer. */
export function storedSegment(
  ref: SegmentRef,
  stamp: number,
  sections: readonly GroupSection[],
): StoredSegment {
  const groups = ref.range.last - ref.range.first + 1
  const segment: StoredSegment = {
    ref,
    stamp,
    wholeBytes: new Float64Array(groups),
    changeBytes: new Float64Array(groups),
    whole: new Uint8Array(groups),
  }
  for (const section of sections) {
    const index = section.group - ref.range.first
    if (section.whole) {
      segment.whole[index] = 1
      segment.wholeBytes[index] = section.sizeBytes
    } else {
      segment.changeBytes[index] = section.sizeBytes
    }
  }
  return segment
}

/** The reference to a segment that is about to be stored. */
export function segmentRef(
  name: string,
  built: BuiltSegment,
  place: Pick<SegmentRef, 'step' | 'range' | 'kind'>,
): SegmentRef {
  return {
    name,
    sizeBytes: built.sizeBytes,
    checksum: built.checksum,
    entries: built.records,
    ...place,
  }
}

export class SegmentChain {
  readonly #groups: number
  /** In order of their stamps. */
  #segments: StoredSegment[] = []

  constructor(groups: number) {
    this.#groups = groups
  }

  add(segment: StoredSegment): void {
    this.#segments.push(segment)
    this.#segments.sort((a, b) => a.stamp - b.stamp)
  }

  /** The segments that hold the state at the barrier of `stamp`, in order. */
  neededAt(stamp: number): StoredSegment[] {
    const covered = new Uint8Array(this.#groups)
    const needed: StoredSegment[] = []
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i] as StoredSegment
      if (segment.stamp > stamp) continue
      if (this.#saysMore(segment, covered)) needed.push(segment)
      for (let group = 0; group < this.#groups; group++) {
        if (segment.whole[group] === 1) covered[group] = 1
      }
    }
    return needed.reverse()
  }

  #saysMore(segment: StoredSegment, covered: Uint8Array): boolean {
    for (let group = 0; group < this.#groups; group++) {
      if (covered[group] === 1) continue
      if (segment.whole[group] === 1 || (segment.changeBytes[group] as number) > 0) return true
    }
    return false
  }

  /** Forgets segments that nothing after the barrier of `stamp` needs. */
  prune(stamp: number): void {
    const needed = this.neededAt(stamp)
    const later = this.#segments.filter((segment) => segment.stamp > stamp)
    this.#segments = [...needed, ...later]
  }

  /**
   * The groups that the next snapshot writes whole: those of which there is no whole copy, neither
   * here nor in `underway`, and some more where the changes have become too many.
   */
  wholeGroupsNext(underway: readonly Uint8Array[]): Uint8Array {
    const whole = new Uint8Array(this.#groups)
    const needed = this.neededAt(Number.POSITIVE_INFINITY)
    const weights = this.#weigh(needed)
    for (let group = 0; group < this.#groups; group++) {
      const copied = weights.copiedIn[group] !== -1
      if (!copied && !underway.some((each) => each[group] === 1)) whole[group] = 1
    }
    let budget = budgetOf(needed, weights)
    if (budget <= 0) return whole
    const byAge = Array.from(weights.copiedIn.keys())
    byAge.sort((a, b) => (weights.copiedIn[a] as number) - (weights.copiedIn[b] as number) || a - b)
    for (const group of byAge) {
      if (budget <= 0) break
      whole[group] = 1
      budget -= Math.max(1, weights.bytes[group] as number)
    }
    return whole
  }

  #weigh(needed: readonly StoredSegment[]): Weights {
    const weights: Weights = {
      wholeBytes: 0,
      changeBytes: 0,
      bytes: new Float64Array(this.#groups),
      copiedIn: new Int32Array(this.#groups).fill(-1),
    }
    for (let group = 0; group < this.#groups; group++) {
      let changeBytes = 0
      let wholeBytes = 0
      needed.forEach((segment, index) => {
        if (segment.whole[group] === 1) {
          weights.copiedIn[group] = index
          wholeBytes = segment.wholeBytes[group] as number
          changeBytes = 0
        } else {
          changeBytes += segment.changeBytes[group] as number
        }
      })
      weights.bytes[group] = wholeBytes + changeBytes
      weights.wholeBytes += wholeBytes
      weights.changeBytes += changeBytes
    }
    return weights
  }
}

interface Weights {
  wholeBytes: number
  changeBytes: number
  /** By group: what a restore reads of it. */
  readonly bytes: Float64Array
  /** By group: which segment holds its last whole copy; -1 for none. */
  readonly copiedIn: Int32Array
}

/** Bytes of whole groups that the next snapshot may write to catch up; 0 where it need not. */
function budgetOf(needed: readonly StoredSegment[], weights: Weights): number {
  const newest = needed.at(-1)
  if (newest === undefined || needed.length < 2) return 0
  const totalBytes = weights.wholeBytes + weights.changeBytes
  if (weights.changeBytes > weights.wholeBytes * CHANGES_PART) {
    const changedBytes = newest.changeBytes.reduce((sum, bytes) => sum + bytes, 0)
    return Math.max(changedBytes * WHOLE_PER_CHANGE, totalBytes * LEAST_PART)
  }
  return needed.length > MANY_SEGMENTS ? totalBytes * LEAST_PART : 0
}
