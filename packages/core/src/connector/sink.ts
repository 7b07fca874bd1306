// The interface of a sink. Writers live in tasks and prepare; the committer lives in the
// coordinator's process and publishes what a completed checkpoint names. Committables travel with
// the acknowledgement of a checkpoint, never as records, and a writer only receives records of its
// epoch.

import type { ConnectorContext, SubtaskContext } from './context.ts'

/**
 * `exactly-once` needs a committer or idempotent writes; the engine checks that checkpoints are on.
 */
export type Guarantee = 'exactly-once' | 'at-least-once' | 'none'

/** Who prepared something: no subtask number of the present parallelism is needed to find it. */
export interface CommitScope {
  /** The random id of the job's log of checkpoints. */
  readonly logId: string
  readonly sink: string
  /** The generation of the run: rises with each restart of the tasks. */
  readonly generation: number
}

/** The outside name of one prepared thing. All of it belongs into the name outside. */
export interface CommittableName extends CommitScope {
  readonly checkpoint: number
  /** Chosen by the writer; unique within scope and checkpoint. */
  readonly part: string
}

/**
 * Bytes that a writer keeps with a checkpoint, for its committer to read: durable, checked before
 * the checkpoint is complete, and deleted when its commits are proven.
 */
export interface StagedSegment {
  readonly name: string
  readonly sizeBytes: number
  /** Checksum over all bytes, lower-case hexadecimal. */
  readonly checksum: string
}

/** What a writer has prepared for one checkpoint: bytes that name it, for the committer alone. */
export interface Committable {
  readonly part: string
  readonly bytes: Uint8Array
  /** What `stage` gave since the last `prepareCommit`; what no committable names is deleted. */
  readonly staged?: readonly StagedSegment[]
}

/** A committable as it stands in the log of checkpoints. */
export interface NamedCommittable {
  readonly name: CommittableName
  readonly bytes: Uint8Array
  readonly staged?: readonly StagedSegment[]
}

/** Writes in a task, and prepares what it wrote for each checkpoint. */
export interface SinkWriter<in T> {
  /**
   * Takes records `from` … `length - 1` and returns how many it took; fewer means full, and the
   * task calls again after `ready()`. Synchronous. Throws for errors that arose in the background,
   * too.
   */
  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number
  /** Resolves when a full writer takes records again. */
  ready(): Promise<void>
  /**
   * Makes everything written since the last call durable (pre-commit) and names it. After that the
   * writer goes on with a new epoch. The same records are never prepared twice. `checkpoint` rises
   * but need not be dense. Awaited with the task's input paused.
   */
  prepareCommit(checkpoint: number): Promise<readonly Committable[]>
  /**
   * The entry of this checkpoint stands in the log: all commits of the entry before it are proven.
   * May come twice, and not for every checkpoint.
   */
  checkpointCompleted?(checkpoint: number): void
  /** Ends without publishing anything; what is prepared stays for the committer. */
  close(): Promise<void>
}

/** The context of a writer: where it runs, and the scope of all outside names it may open. */
export interface WriterContext extends SubtaskContext, CommitScope {
  /**
   * Keeps bytes in the storage of checkpoints; durable when it resolves. It is read whole, so cut
   * at some megabytes. To be named by a committable of the next `prepareCommit`.
   */
  stage(chunks: Iterable<Uint8Array>): Promise<StagedSegment>
  /**
   * Asks for a checkpoint as soon as one can be taken, for what is prepared outside would not
   * outlive the interval. Does nothing where there are no checkpoints.
   */
  requestCheckpoint(): void
}

/** The context of a committer. */
export interface CommitterContext extends ConnectorContext {
  readonly logId: string
  readonly sink: string
  readonly generation: number
  /**
   * What the newest checkpoint below this run's fence owes, to sinks that the job no longer has,
   * too: never to be aborted, whatever a note says of its commits.
   */
  readonly promised: readonly NamedCommittable[]
  /** The bytes of a staged segment of a committable; CHECKPOINT_DAMAGED where they differ. */
  readStaged(segment: StagedSegment): Promise<Uint8Array>
}

/** Publishes what was prepared, in the coordinator's process. */
export interface Committer {
  /**
   * Publishes what was prepared. Idempotent: also after it was done, also twice at once by two
   * runs. Resolves only when it is proven. An error with retry `backoff` is tried again; one with
   * `never` (COMMIT_IMPOSSIBLE) stops the job.
   */
  commit(committable: NamedCommittable): Promise<void>
  /**
   * Asked right before an entry is appended that will owe these. Throws where one may not live to
   * be committed: the attempt ends, and nothing was promised. An error with retry `restart`.
   */
  checkPromise?(committables: readonly NamedCommittable[]): void
  /**
   * All that a checkpoint owed to this sink is committed (for a manifest that readers use).
   * Idempotent; awaited before the commits count as proven. Also called with an empty list.
   */
  checkpointCommitted?(checkpoint: number, committables: readonly NamedCommittable[]): Promise<void>
  /**
   * Everything prepared and not published under this log id where this sink writes, of any
   * generation and subtask, and of sinks that the job no longer has: the log id says whose it is.
   */
  findOrphans(logId: string): Promise<readonly CommittableName[]>
  /** Throws away what was prepared under this name. Idempotent. */
  abort(name: CommittableName): Promise<void>
  /** Traces of results of this job and sink under another log id, in words; undefined for none. */
  findForeignHistory?(logId: string): Promise<string | undefined>
  /** The operator said `--start-over`: adopt the place for this log id. */
  startOver?(logId: string): Promise<void>
  close(): Promise<void>
}

/** A sink of records, as `.to` takes it. Immutable; holds options only. */
export interface Sink<in T> {
  /** The connector: `files`, `console`, `memory`. */
  readonly kind: string
  readonly guarantee: Guarantee
  /** Shown by `sluice plan`; plain data without secrets. */
  readonly description: Readonly<Record<string, unknown>>
  createWriter(context: WriterContext): Promise<SinkWriter<T>>
  /** Required for two-phase exactly-once; absent where nothing is prepared. */
  createCommitter?(context: CommitterContext): Promise<Committer>
}
