// What a run is asked while it goes on, and how far it is with it: requests for checkpoints and
// savepoints, the copies that are being made, and whether it is to stop. All of it belongs to the
// run, not to an attempt of its tasks: a restart forgets nothing that was asked.

import { SluiceError } from '@sluice/core/internal'
import type { SavepointProgress } from '../../checkpoint/savepoint/savepoint-writer.ts'
import type { Platform } from '../../platform/platform.ts'
import type { EventListeners } from '../event-listeners.ts'
import type { SavepointRequest, SavepointSummary } from '../job-run.ts'
import type { JobOutcome } from '../lifecycle.ts'
import type { PreparedJob } from '../prepared-job.ts'
import { type Answer, CheckpointRequests } from './checkpoint-requests.ts'
import { SavepointExports } from './savepoint-exports.ts'

type ReportProgress = (progress: SavepointProgress) => void

export class RunRequests {
  readonly checkpoints: CheckpointRequests
  readonly exports: SavepointExports
  #stop = false
  #drain = false
  #checkpointsAreOff = false

  /** `believed`: see {@link SavepointExports}. */
  constructor(
    platform: Platform,
    events: EventListeners,
    believed: (error: SluiceError) => Promise<unknown>,
  ) {
    const written = (savepoint: SavepointSummary) => events.emit('savepoint', { savepoint })
    this.exports = new SavepointExports(platform, written, believed)
    this.checkpoints = new CheckpointRequests(this.exports)
  }

  /** Known once the job is prepared. */
  setPlace({ storage, name }: PreparedJob): void {
    if (storage !== undefined) this.exports.setPlace(storage)
    else {
      this.#checkpointsAreOff = true
      this.checkpoints.end(withoutCheckpoints(name))
    }
  }

  get stop(): boolean {
    return this.#stop
  }

  get drain(): boolean {
    return this.#drain
  }

  /** Nothing has to run before the run may end: neither a drain nor a savepoint was asked for. */
  get mayEndAtOnce(): boolean {
    return this.#stop && !this.#drain && (this.#checkpointsAreOff || !this.checkpoints.awaitsEnd)
  }

  requestStop(drain: boolean): void {
    this.#stop = true
    this.#drain ||= drain
  }

  ask(savepoint: SavepointRequest | undefined, progress: ReportProgress): Promise<Answer> {
    return this.checkpoints.ask({ savepoint, progress, atEnd: false })
  }

  /** With the last checkpoint of the run. */
  askAtEnd(savepoint: SavepointRequest, progress: ReportProgress): Promise<Answer> {
    return this.checkpoints.ask({ savepoint, progress, atEnd: true })
  }

  /** Copies under way are given up. */
  cancel(): void {
    this.exports.end(runHasEnded('cancelled', undefined))
  }

  /** Nothing is answered any more. */
  end(outcome: JobOutcome, error: SluiceError | undefined): void {
    this.checkpoints.end(runHasEnded(outcome, error))
    this.exports.end(runHasEnded(outcome, error))
  }
}

/** Nothing of the kind can be done for this job. */
export function withoutCheckpoints(job: string): SluiceError {
  return new SluiceError('USAGE', `Checkpoints of the job '${job}' are off.`, {
    hint: "Remove `checkpoint: 'off'` from the job.",
  })
}

/** Says to whoever asked that there will be no answer. */
export function runHasEnded(outcome: JobOutcome, error: SluiceError | undefined): SluiceError {
  const because = error === undefined ? '' : ` ${error.message}`
  return new SluiceError(
    'JOB_NOT_RUNNING',
    `The run has ended (${outcome}) before it could do what was asked.${because}`,
    {
      hint: 'See its checkpoints with `sluice checkpoint list`; start it again if it should go on.',
      ...(error === undefined ? {} : { cause: error }),
    },
  )
}
