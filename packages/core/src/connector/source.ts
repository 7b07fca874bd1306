// The interface of a source. The enumerator lives in the coordinator: it discovers splits and hands
// them out. Readers live in tasks: they read splits, synchronously, from what has arrived already.
// A split is plain data (of values that a record may hold) and carries its own position, so a
// snapshot of a reader is simply the list of its unfinished splits.

import type { ErrorCode } from '../errors.ts'
import type { ConnectorContext, SubtaskContext } from './context.ts'

/** A part of a source that is read in order by one reader at a time. */
export interface SourceSplit {
  /** Unique in the source, for ever: `orders.ndjson:0-1048576`, `orders-3`. */
  readonly id: string
}

/**
 * What becomes of records that cannot be decoded: the job fails, they are counted and passed over,
 * or they are counted and go to the source's stream of dead letters.
 */
export type OnMalformed = 'fail' | 'skip' | 'dead-letter'

/**
 * A record that the source could not decode, kept with its place and the reason. A source that
 * knows more of its records (keys, headers) has letters of its own, which say that, too.
 */
export interface DeadLetter {
  readonly job: string
  readonly source: string
  readonly split: string
  /** Where in the split: a line number, a byte position, an offset; as text for people. */
  readonly position: string
  /** The code of the error that would have ended the job: `RECORD_MALFORMED`. */
  readonly code: ErrorCode
  readonly reason: string
  /** The raw bytes, or the decoded text where there are no bytes. */
  readonly raw: Uint8Array | string
}

/**
 * The engine's batch, filled by `poll`. All records of one batch come from one split.
 * The engine reuses it: a reader keeps no reference.
 */
export interface SourceBatch<T, Letter extends DeadLetter = DeadLetter> {
  /** Write records at `length`, then raise `length`; never beyond `capacity`. */
  readonly values: T[]
  /** The event time that the source itself knows (milliseconds), or `NO_TIMESTAMP`. */
  readonly timestamps: Float64Array
  readonly capacity: number
  length: number
  /** The split of these records; set it whenever `length` or `splitFinished` is set. */
  split: string
  /** Set with the last batch of a split: it leaves watermarks and snapshots. */
  splitFinished: boolean
  /** Hands a record to the stream of dead letters; counted. */
  reject(letter: Letter): void
}

/** The time stamp of a record that has none. */
export const NO_TIMESTAMP: number = Number.NEGATIVE_INFINITY

/**
 * `more`: call again soon (also with an empty batch). `wait`: nothing has arrived, `ready()` says
 * when. `end`: no splits are left, and `noMoreSplits` was said; nothing follows.
 */
export type PollStatus = 'more' | 'wait' | 'end'

/** Reads splits in a task. One call at a time; it never waits inside `poll`. */
export interface SourceReader<
  T,
  Split extends SourceSplit,
  Letter extends DeadLetter = DeadLetter,
> {
  /** New or restored splits; each says from where to read. */
  addSplits(splits: readonly Split[]): void
  /** This reader will never get another split. */
  noMoreSplits(): void
  /** Fills the batch, synchronously. Throws for errors that arose in the background, too. */
  poll(batch: SourceBatch<T, Letter>): PollStatus
  /** Resolves when `poll` may have something; also after `addSplits` and `noMoreSplits`. */
  ready(): Promise<void>
  /**
   * The unfinished splits with their positions: exactly after the last record that `poll` handed
   * over. Synchronous; the result is not changed afterwards. `checkpoint` is the number that
   * `checkpointCompleted` is called with, should that checkpoint complete.
   */
  snapshot(checkpoint: number): Split[]
  /**
   * The splits of which nothing more has arrived: all that did was handed over. Without this method
   * a split counts as silent only while `poll` has nothing of any split. A reader that knows its
   * splits to have more (a file that is read after another one) returns none.
   */
  silentSplits?(): Iterable<string>
  /**
   * Sources that wait for each other: hands over nothing of these splits until `resumeSplits`. They
   * stay in the snapshot, and `ready` does not resolve because of them. Without the two methods a
   * reader that is too far ahead is not polled at all.
   */
  pauseSplits?(splits: readonly string[]): void
  /** Reads on from where it was in these splits. */
  resumeSplits?(splits: readonly string[]): void
  /** A checkpoint that holds these positions is complete (for group offsets and the like). */
  checkpointCompleted?(checkpoint: number): void
  close(): Promise<void>
}

/** What an enumerator can do. Calls after `close` are ignored. */
export interface EnumeratorContext<Split extends SourceSplit> extends ConnectorContext {
  readonly parallelism: number
  /** Gives splits to the reader of a subtask. */
  assign(subtask: number, splits: readonly Split[]): void
  /** This subtask gets no split any more: it ends when it has read what it has. */
  noMoreSplits(subtask: number): void
  /**
   * Says whether known splits are not assigned yet: as long as this is true, all readers hold their
   * watermark back, unless the source is `ordered: 'time'`. Call it before `assign`.
   */
  setPending(pending: boolean): void
  /**
   * Total size of the source where it is known, for progress: bytes or records, as the source
   * likes.
   */
  setTotal(total: number): void
  /** Ends the attempt with an error that arose in the background. */
  fail(error: unknown): void
}

/** Discovers splits and deals them out, in the coordinator. */
export interface SplitEnumerator {
  /** Discovers splits; the first assignments may be made from here on. */
  start(): Promise<void>
  /**
   * The reader of a subtask has room for a split: when it starts, and each time that it has
   * finished one. Answer with `assign` or `noMoreSplits`, now or later.
   */
  request(subtask: number): void
  /**
   * What is needed to go on: at least the splits that are not assigned, and what was discovered.
   * Synchronous, plain data. It is taken before the barriers start; a split assigned later is
   * in this state and in no reader's.
   */
  snapshot(): unknown
  close(): Promise<void>
}

/**
 * A source of records, as `job.from` takes it. Immutable; holds options only.
 * `restored` is what `snapshot` of the enumerator returned in the checkpoint that is restored.
 */
export interface Source<
  T,
  Split extends SourceSplit = SourceSplit,
  Letter extends DeadLetter = DeadLetter,
> {
  /** The connector: `files`, `kafka`, `generator`. */
  readonly kind: string
  readonly bounded: boolean
  /** `time`: splits are handed out in order of event time, so an unread one holds nothing back. */
  readonly ordered: 'none' | 'time'
  /** Shown by `sluice plan`; plain data without secrets. */
  readonly description: Readonly<Record<string, unknown>>
  createEnumerator(context: EnumeratorContext<Split>, restored: unknown): SplitEnumerator
  createReader(context: SubtaskContext): SourceReader<T, Split, Letter>
}
