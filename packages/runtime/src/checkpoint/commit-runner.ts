// Commits what a permit names, and nothing else. Several at a time, each tried again until it is
// proven; an error that would stop the job is believed only after the log was read, for a newer run
// may have taken over and then it is that run's business.

import type { Committer, NamedCommittable, Random, Timers } from '@sluice/core/connector'
import { assert, SluiceError } from '@sluice/core/internal'
import { type Pauses, pauseAfter } from './backoff.ts'
import type { CheckpointId } from './protocol/identifiers.ts'
import type { CommitPermit } from './protocol/log/append.ts'
import { tellWhileSlow } from './slow-call.ts'

/** How many commits are under way at once. */
const concurrency = 8

export interface CommitEnds {
  /** Reads the log and throws when this run is over or the error must be believed. */
  judge(error: SluiceError): Promise<void>
  retried(sink: string, checkpoint: CheckpointId, error: SluiceError): void
  /** A call has not answered for so long, and is waited for none the less. */
  silent(sink: string, checkpoint: CheckpointId, waitedMs: number): void
  proven(committable: NamedCommittable): void
  /** In the middle: some of the commits are done or under way, others are not. */
  inCommit(checkpoint: CheckpointId): void
}

export interface CommitRunnerOptions {
  /** By sink; one for each sink that prepares. */
  readonly committers: ReadonlyMap<string, Committer>
  readonly pauses: Pauses
  readonly random: Random
  readonly timers: Timers
  readonly ends: CommitEnds
}

export class CommitRunner {
  readonly #options: CommitRunnerOptions

  constructor(options: CommitRunnerOptions) {
    this.#options = options
  }

  /** Resolves when every commit of the permit is proven, and every sink was told so. */
  async commit(permit: CommitPermit, checkpoint: CheckpointId): Promise<void> {
    await this.#commitAll(permit.owes, checkpoint)
    const { committers } = this.#options
    await Promise.all(
      [...committers].map(async ([sink, committer]) => {
        const owed = permit.owes.filter(({ name }) => name.sink === sink)
        await this.#untilProven(sink, checkpoint, async () => {
          await committer.checkpointCommitted?.(checkpoint, owed)
        })
      }),
    )
  }

  async #commitAll(owes: readonly NamedCommittable[], checkpoint: CheckpointId): Promise<void> {
    const queue = owes.values()
    let done = 0
    let told = false
    const tellOnce = (): void => {
      if (told) return
      told = true
      this.#options.ends.inCommit(checkpoint)
    }
    const work = async (): Promise<void> => {
      for (const committable of queue) {
        const committed = this.#commitOne(committable)
        if (owes.length === 1) tellOnce()
        await committed
        done += 1
        if (done < owes.length) tellOnce()
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, owes.length) }, work))
  }

  async #commitOne(committable: NamedCommittable): Promise<void> {
    const { sink, checkpoint } = committable.name
    const committer = this.#options.committers.get(sink)
    assert(committer !== undefined, `sink '${sink}' has a committer for what is owed to it`)
    await this.#untilProven(sink, checkpoint as CheckpointId, () => committer.commit(committable))
    this.#options.ends.proven(committable)
  }

  async #untilProven(
    sink: string,
    checkpoint: CheckpointId,
    call: () => Promise<void>,
  ): Promise<void> {
    const { pauses, random, timers, ends } = this.#options
    const tell = (waitedMs: number): void => ends.silent(sink, checkpoint, waitedMs)
    for (let tries = 1; ; tries++) {
      pauses.check()
      try {
        await tellWhileSlow(timers, tell, call)
        return
      } catch (thrown) {
        const error = SluiceError.from(thrown, 'COMMIT_FAILED', `Sink '${sink}' did not commit`, {
          sink,
          checkpoint,
        })
        pauses.check()
        await ends.judge(error)
        ends.retried(sink, checkpoint, error)
      }
      await pauses.wait(pauseAfter(tries, random))
    }
  }
}
