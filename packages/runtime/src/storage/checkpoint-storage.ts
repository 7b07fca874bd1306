// The storage of one job's checkpoints: a log of entries with one winner per position, immutable
// blobs (segments), notes and a floor. Local folders, S3 and HDFS implement it; the protocol above
// it is the same. Paths are relative to the job's folder.

/** What became of an attempt to create an entry. What is unknown is thrown; the caller retries. */
export type AppendOutcome = 'created' | 'taken'

export interface CheckpointStorage {
  /** Checks rights, hard links and durability; creates the folder; clear errors. */
  open(): Promise<void>
  /** In words, for errors and logs. */
  readonly location: string
  readonly durable: boolean

  /**
   * Creates the entry at this position if there is none: whole and durable, or not at all.
   * Throws when the outcome is unknown (the entry may be there).
   */
  append(position: number, bytes: Uint8Array): Promise<AppendOutcome>
  /** The entry, or undefined where there is none (or it was deleted). Strongly consistent. */
  readEntry(position: number): Promise<Uint8Array | undefined>
  /** A hint where to start reading upward; may be stale, sorted. */
  listPositions(): Promise<number[]>
  deleteEntry(position: number): Promise<void>

  /** Entries at or below the floor may have been deleted. 0 at first. Durable before it returns. */
  readFloor(): Promise<number>
  /** Never lowers it. */
  raiseFloor(position: number): Promise<void>

  /** Writes an immutable segment, durable before it returns. Overwrites what a dead writer left. */
  writeSegment(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void>
  /**
   * Makes a file that lies elsewhere a segment without copying its bytes, durable before it
   * returns; false where that cannot be done. Absent where it never can.
   */
  adoptSegment?(name: string, path: string): Promise<boolean>
  /** Throws not-found as CHECKPOINT_DAMAGED. */
  readSegment(name: string): Promise<Uint8Array>
  /**
   * Reads a segment part by part, in order; other work comes between two of them. `see` must not
   * keep a part, whose memory the next one gets. Throws not-found as CHECKPOINT_DAMAGED.
   */
  readSegmentParts(name: string, see: (part: Uint8Array) => void): Promise<void>
  /** Names, perhaps stale. */
  listSegments(): Promise<string[]>
  deleteSegment(name: string): Promise<void>

  /** Notes spare work and license nothing (`committed-<checkpoint>`). */
  writeNote(name: string, bytes: Uint8Array): Promise<void>
  readNote(name: string): Promise<Uint8Array | undefined>
  listNotes(): Promise<string[]>
  deleteNote(name: string): Promise<void>
}
