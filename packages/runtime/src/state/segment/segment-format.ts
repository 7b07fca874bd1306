// The bytes of a segment, shared by builder and reader; docs/internals/state.md draws them. A
// header names the states, sections hold the records of one key group each, a footer says where the
// sections are, a trailer holds the checksum. The format is versioned and only ever extended.

import type { Shape, StateKind } from '@sluice/core/internal'

/** The version that this engine writes; it reads this one and older ones. */
export const SEGMENT_FORMAT_VERSION = 1

export const MAGIC = Uint8Array.from([0x53, 0x4c, 0x55, 0x49, 0x43, 0x45, 0x53, 0x47]) // SLUICESG

/** Records begin with one of these. */
export const VALUE_RECORD = 1
export const TOMBSTONE_RECORD = 2
/** The records behind it belong to the table whose index follows. */
export const TABLE_MARK = 3

/** A group in the index: all its content is here, or only what changed. */
export const CHANGED_GROUP = 0
export const WHOLE_GROUP = 1

/** Magic, format version, length of the header. */
export const PREFIX_BYTES = 16
/** The length of the footer. */
export const FOOTER_LENGTH_BYTES = 4

/** States as the user declares them, and the timers of one domain. */
export type TableKind = StateKind | 'timers'

/** What was declared of the values of a table when they were stored; absent members are not. */
export interface SchemaFacts {
  /** The version of the values; absent for the first. */
  readonly version?: number
  /** What else values depend on. */
  readonly form?: string
  /** Differs where the schema does. */
  readonly fingerprint?: string
}

/** What a segment says of each table in it. */
export interface TableFacts extends SchemaFacts {
  readonly name: string
  readonly kind: TableKind
  /** There is an entry for each key and namespace, not only for each key. */
  readonly namespaced: boolean
  /** Values carry the time of their last write. */
  readonly aged: boolean
  /** What was last written up to here was over at the barrier, by the clock of the TTL. */
  readonly overUntil?: number
  /** Each record of timers is one time, which stands behind the namespace. */
  readonly single?: boolean
}

/** The header: plain data in the value codec, so that members can be added. */
export interface SegmentHeader {
  readonly step: string
  readonly subtask: number
  readonly checkpoint: number
  readonly maxParallelism: number
  readonly first: number
  readonly last: number
  readonly valueFormat: number
  readonly tables: readonly TableFacts[]
}

/** Behind the sections in the footer: what is known only when all records are written. */
export interface SegmentFacts {
  /** By index of table: what values look like, as far as they were looked at; null for nothing. */
  readonly shapes: readonly (Shape | null)[]
}

/** Where the records of a key group are in a segment. */
export interface GroupSection {
  readonly group: number
  readonly whole: boolean
  readonly offset: number
  readonly sizeBytes: number
  readonly records: number
}
