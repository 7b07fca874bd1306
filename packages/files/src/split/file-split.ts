// What the file source hands out and remembers: files as they were when they were found, and splits
// of them with their positions. All of it is plain data and lives in checkpoints.

import type { FileStat, SourceSplit } from '@sluice/core/connector'

/** A file as it was when it was found; it must not change afterwards. */
export interface KnownFile {
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Device and inode. */
  readonly identity: string
}

/** A part of a file: a range of bytes, or a row group of a Parquet file. */
export interface FileSplit extends SourceSplit {
  readonly file: KnownFile
  /** First byte of the range, or the number of the row group. */
  readonly start: number
  /**
   * End of the range: a record belongs to the split in which it begins. For a row group, one more.
   */
  readonly end: number
  /**
   * Where to go on: a byte of the (decompressed) content, or a row of the row group; null for a
   * split that was not begun.
   */
  readonly position: number | null
  /** Records before the position, for messages: lines, elements, rows; malformed ones included. */
  readonly records: number
}

export function knownFile(path: string, stat: FileStat): KnownFile {
  const { sizeBytes, modifiedMs, identity } = stat
  return { path, sizeBytes, modifiedMs, identity }
}

export function newSplit(file: KnownFile, start: number, end: number): FileSplit {
  return { id: `${file.path}:${start}-${end}`, file, start, end, position: null, records: 0 }
}
