// What is asked of the checkpoints of a run while it goes on: a checkpoint now, or a savepoint. A
// request waits until one is triggered and goes with it; if that one fails, or the tasks are
// started again, it waits for the next. It is answered once: when the commits are proven and, for a
// savepoint, its folder stands; or when it cannot be.

import { SluiceError } from '@sluice/core/internal'
import type { CheckpointEntry } from '../../checkpoint/protocol/log/entry.ts'
import type { SavepointProgress } from '../../checkpoint/savepoint/savepoint-writer.ts'
import type { CheckpointSummary, SavepointRequest, SavepointSummary } from '../job-run.ts'
import type { SavepointExports } from './savepoint-exports.ts'

/** So many checkpoints may fail under a request before it is told. */
const mostTries = 3

/** The answer to a request. */
export interface Answer {
  readonly checkpoint: CheckpointSummary
  readonly savepoint: SavepointSummary | undefined
}

export interface Asked {
  readonly savepoint: SavepointRequest | undefined
  readonly progress: (progress: SavepointProgress) => void
  /** Goes with the checkpoint that ends the run, and with no other. */
  readonly atEnd: boolean
}

export interface OpenRequest extends Asked {
  readonly answer: (answer: Answer) => void
  readonly refuse: (error: unknown) => void
  failures: number
}

export class CheckpointRequests {
  /** Called when something is asked, so that a trigger is decided anew. */
  onAsked: () => void = () => {}
  readonly #exports: SavepointExports
  #waiting: OpenRequest[] = []
  #ended: SluiceError | undefined

  constructor(exports: SavepointExports) {
    this.#exports = exports
  }

  /** Whether a checkpoint is wanted that is not triggered yet. */
  get waiting(): boolean {
    return this.#waiting.some(({ atEnd }) => !atEnd)
  }

  /** Whether the last checkpoint is wanted for more than the end. */
  get awaitsEnd(): boolean {
    return this.#waiting.some(({ atEnd }) => atEnd)
  }

  async ask(asked: Asked): Promise<Answer> {
    if (this.#ended !== undefined) throw this.#ended
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#waiting.push({ ...asked, answer: resolve, refuse: reject, failures: 0 })
    this.onAsked()
    return await promise
  }

  /** Whatever waits for it goes with the checkpoint that is triggered now. */
  take(endsRun: boolean): OpenRequest[] {
    const taken = this.#waiting.filter(({ atEnd }) => endsRun || !atEnd)
    this.#waiting = this.#waiting.filter((request) => !taken.includes(request))
    return taken
  }

  /** Their checkpoint failed; `error` undefined where it says nothing about the next one. */
  giveBack(requests: readonly OpenRequest[], error: SluiceError | undefined): void {
    for (const request of requests) {
      if (this.#ended !== undefined) request.refuse(this.#ended)
      else if (error !== undefined && ++request.failures >= mostTries) request.refuse(error)
      else this.#waiting.push(request)
    }
  }

  /** The commits of their checkpoint are proven. */
  settled(
    requests: readonly OpenRequest[],
    entry: CheckpointEntry,
    checkpoint: CheckpointSummary,
  ): void {
    for (const { savepoint, progress, answer, refuse } of requests) {
      if (savepoint === undefined) answer({ checkpoint, savepoint })
      else {
        this.#exports
          .start(entry, savepoint, progress)
          .then((written) => answer({ checkpoint, savepoint: written }), refuse)
      }
    }
  }

  /**
   * The job has ended with this checkpoint before its commits were proven, and now they are: it
   * serves whoever still waits. Resolves when what they asked for is written.
   */
  async lastSettled(entry: CheckpointEntry, checkpoint: CheckpointSummary): Promise<void> {
    this.settled(this.take(true), entry, checkpoint)
    await this.written()
  }

  /**
   * Resolves when other processes know what savepoints under way read: until then no later entry
   * may let go of it.
   */
  async known(): Promise<void> {
    await this.#exports.pinned()
  }

  /** Resolves when no savepoint is being written any more. */
  async written(): Promise<void> {
    await this.#exports.settled()
  }

  /** Segments that savepoints under way still read. */
  get pinned(): ReadonlySet<string> {
    return this.#exports.pinnedSegments
  }

  /** The run has ended: nobody will answer any more. */
  end(error: SluiceError): void {
    this.#ended ??= error
    for (const request of this.take(true)) request.refuse(this.#ended)
  }
}
