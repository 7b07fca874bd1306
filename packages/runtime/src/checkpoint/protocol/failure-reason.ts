// Why a checkpoint failed: a closed list, and for each reason whether it counts against
// `tolerableFailures`. A failed checkpoint aborts nothing while its attempt lives.

/**
 * `counts`: a failure in a row of these ends the attempt when it exceeds what is tolerated.
 * `endsAttempt`: the attempt ends anyway, so there is nothing to count.
 */
const FAILURE_REASONS = {
  /** A subtask could not take its snapshot. */
  declined: { counts: true, endsAttempt: false, says: 'a task declined it' },
  /** Not all acknowledgements came in time. */
  'timed-out': { counts: true, endsAttempt: false, says: 'it took longer than its timeout' },
  /** A later checkpoint was complete first; its entry names what this one prepared. */
  overtaken: { counts: false, endsAttempt: false, says: 'a later one was complete first' },
  /** An enumerator could not be snapshotted, so no barrier was sent. */
  'trigger-failed': { counts: true, endsAttempt: false, says: 'it could not be started' },
  /** Storage is slow or away for a moment: tried again and shown, never counted. */
  'storage-unavailable': { counts: false, endsAttempt: false, says: 'the storage was unavailable' },
  /** A task or worker failed while the checkpoint was under way. */
  'task-failed': { counts: false, endsAttempt: true, says: 'a task failed' },
  /** A newer run appended its fence. */
  fenced: { counts: false, endsAttempt: true, says: 'a newer run has taken over' },
  /** The operator stopped the run without a last checkpoint. */
  cancelled: { counts: false, endsAttempt: true, says: 'the run was stopped' },
  /** The entry was written and what was read back cannot be read. */
  'entry-unreadable': { counts: false, endsAttempt: true, says: 'its entry is damaged' },
  /** A transaction would expire before its commit could be proven. */
  'transaction-expiring': { counts: false, endsAttempt: true, says: 'a transaction would expire' },
} as const satisfies Record<string, { counts: boolean; endsAttempt: boolean; says: string }>

export type CheckpointFailureReason = keyof typeof FAILURE_REASONS

export const checkpointFailureReasons = Object.keys(
  FAILURE_REASONS,
) as readonly CheckpointFailureReason[]

/** In words, for messages: "checkpoint 7 failed: a task declined it". */
export function describeFailure(reason: CheckpointFailureReason): string {
  return FAILURE_REASONS[reason].says
}

/** Counts failures in a row against the tolerated number. */
export class FailureTolerance {
  readonly #tolerable: number
  #inARow = 0

  constructor(tolerableFailures: number) {
    this.#tolerable = tolerableFailures
  }

  /** Whether the attempt must end because of this failure. */
  failed(reason: CheckpointFailureReason): 'go-on' | 'end-attempt' {
    const properties = FAILURE_REASONS[reason]
    if (properties.endsAttempt) return 'end-attempt'
    if (!properties.counts) return 'go-on'
    this.#inARow += 1
    return this.#inARow > this.#tolerable ? 'end-attempt' : 'go-on'
  }

  completed(): void {
    this.#inARow = 0
  }
}
