// What is known of a local copy of a store: enough to tell beyond doubt whether its rows are the
// state that a checkpoint's segments hold, and to go on from them. docs/internals/rocksdb.md says
// when a copy is made and when it counts.

import type { SegmentChain, StoredSegment } from '../../heap/segment-chain.ts'
import type { TableFacts } from '../../segment/segment-format.ts'
import type { KeyGroupRange, SegmentRef } from '../../state-backend.ts'

/** A segment that holds a part of the same state, with what it says of each key group. */
export interface CopiedSegment {
  readonly ref: SegmentRef
  readonly whole: readonly number[]
  readonly wholeBytes: readonly number[]
  readonly changeBytes: readonly number[]
}

/** Plain data: it is written as JSON beside the copy. */
export interface StateCopy {
  /** Of all rows of the copy, the one that was written last holds the same. */
  readonly mark: string
  readonly step: string
  readonly maxParallelism: number
  readonly range: KeyGroupRange
  /** In the order of their numbers in the keys of rows. */
  readonly tables: readonly { readonly facts: TableFacts; readonly cells: number }[]
  /** In order; together they hold exactly what the rows hold. */
  readonly segments: readonly CopiedSegment[]
}

/** The files of copies, as a backend sees them. */
export interface CopyKeeper {
  /** A folder that is not there yet. */
  place(checkpoint: number): string
  /** Different for every copy. */
  mark(checkpoint: number): string
  /** The copy counts from now on, durably; never fails, because no checkpoint depends on it. */
  keep(checkpoint: number, copy: StateCopy): Promise<void>
  /** The copy of this checkpoint is of no use. */
  drop(checkpoint: number, why?: unknown): void
  /** Told whether the backend goes on from the copy that its store is. */
  opened(isUsed: boolean): void
  /** A checkpoint is complete: copies of those before it are of no use. */
  completed(checkpoint: number): void
}

/** True where a copy holds what these segments hold: names are unique for ever. */
export function holdsExactly(copy: StateCopy, segments: readonly SegmentRef[]): boolean {
  return (
    copy.segments.length === segments.length &&
    copy.segments.every(({ ref }, index) => {
      const other = segments[index]
      return (
        ref.name === other?.name &&
        ref.checksum === other.checksum &&
        ref.sizeBytes === other.sizeBytes &&
        ref.range.first === other.range.first &&
        ref.range.last === other.range.last
      )
    })
  )
}

/** What the chain knows of these segments; undefined where it knows other ones. */
export function copiedSegments(
  chain: SegmentChain,
  stamp: number,
  segments: readonly SegmentRef[],
): CopiedSegment[] | undefined {
  const known = chain.neededAt(stamp)
  const isSame =
    known.length === segments.length &&
    known.every(({ ref }, index) => ref.name === segments[index]?.name)
  if (!isSame) return undefined
  return known.map(({ ref, whole, wholeBytes, changeBytes }) => ({
    ref,
    whole: [...whole],
    wholeBytes: [...wholeBytes],
    changeBytes: [...changeBytes],
  }))
}

/** A segment of a copy as the chain of a restored backend lists it. */
export function restoredSegment(segment: CopiedSegment): StoredSegment {
  return {
    ref: segment.ref,
    stamp: 0,
    whole: Uint8Array.from(segment.whole),
    wholeBytes: Float64Array.from(segment.wholeBytes),
    changeBytes: Float64Array.from(segment.changeBytes),
  }
}
