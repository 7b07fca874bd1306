// From "all acknowledgements are in" to "committed and noted", one checkpoint after the other:
//
//   verify segments → append the entry → (complete) → commit what it owes → note → sweep → collect
//
// An entry is appended only when everything that the entry before it owes is proven committed,
// which the order of calls gives: `append` is never called before the last `settle` has resolved.

import type { Committer, NamedCommittable, StagedSegment } from '@sluice/core/connector'
import { assert, SluiceError } from '@sluice/core/internal'
import { collect } from '../../checkpoint/collector.ts'
import { isNotedCommitted, noteCommitted } from '../../checkpoint/commit-notes.ts'
import { CommitRunner } from '../../checkpoint/commit-runner.ts'
import type { LogStore } from '../../checkpoint/log-store.ts'
import { sweepOrphans } from '../../checkpoint/orphan-sweeper.ts'
import { retainedWith } from '../../checkpoint/protocol/collection.ts'
import { judgeCommitError } from '../../checkpoint/protocol/commit-error.ts'
import { type CheckpointId, logPosition } from '../../checkpoint/protocol/identifiers.ts'
import type { LogPosition } from '../../checkpoint/protocol/identifiers.ts'
import {
  type CommitPermit,
  permitOf,
  type StandingEntry,
} from '../../checkpoint/protocol/log/append.ts'
import {
  type CheckpointEntry,
  type CheckpointEnd,
  type FenceEntry,
  type RetainedCheckpoint,
  segmentNames,
  type StepSnapshot,
} from '../../checkpoint/protocol/log/entry.ts'
import type { LogView } from '../../checkpoint/protocol/log/log-view.ts'
import { OwedEntries } from '../../checkpoint/protocol/owed-entries.ts'
import type { PendingCheckpoint } from '../../checkpoint/protocol/pending-checkpoint.ts'
import type { RecoveryPlan } from '../../checkpoint/protocol/recovery-plan.ts'
import { Sweep } from '../../checkpoint/protocol/sweep.ts'
import type { Platform } from '../../platform/platform.ts'
import type { PhysicalPlan } from '../../plan/physical-plan.ts'
import type { CheckpointStorage } from '../../storage/checkpoint-storage.ts'
import type { TaskSnapshot } from '../../worker/messages.ts'
import type { AttemptLife } from '../attempt-life.ts'
import { fencedError, readAsRunning } from '../fence-errors.ts'
import type { EventListeners } from '../event-listeners.ts'

/** What stays the same for all checkpoints of one attempt. */
export interface CompletionOptions {
  readonly platform: Platform
  readonly storage: CheckpointStorage
  readonly log: LogStore
  readonly life: AttemptLife
  readonly events: EventListeners
  readonly plan: PhysicalPlan
  readonly planHash: string
  readonly keep: number
  /** By sink. */
  readonly committers: ReadonlyMap<string, Committer>
  /** Exactly-once sinks whose writes are idempotent instead of committed. */
  readonly idempotentSinks: readonly string[]
  readonly fence: StandingEntry<FenceEntry>
  /** The log below the fence. */
  readonly below: LogView
  readonly recovery: RecoveryPlan
}

/** A checkpoint whose acknowledgements are all in. */
export interface ReadyCheckpoint {
  readonly pending: PendingCheckpoint<TaskSnapshot>
  readonly steps: readonly StepSnapshot[]
  readonly end: CheckpointEnd
  /** Known to all subtasks to be complete when they acknowledged this one. */
  readonly knownComplete: CheckpointId | 0
}

export class CheckpointCompletion {
  readonly #options: CompletionOptions
  readonly #owed = new OwedEntries()
  readonly #commits: CommitRunner
  readonly #sweep: Sweep
  readonly #begunFrom: CheckpointEntry['begunFrom']
  #view: LogView
  #position: LogPosition
  #retained: readonly RetainedCheckpoint[]
  #unproven = 0

  constructor(options: CompletionOptions) {
    this.#options = options
    const { recovery, fence, below } = options
    this.#position = recovery.nextPosition
    this.#retained = recovery.restore?.retained ?? []
    this.#begunFrom = carriedOn(recovery.begunFrom)
    this.#sweep = new Sweep(fence, recovery.newest)
    this.#view = below
    this.#commits = this.#commitRunner()
  }

  /** 1 while commits of the newest entry are not proven. */
  get commitsOwed(): number {
    return this.#unproven
  }

  /** Before anything else of an attempt: what the newest checkpoint below the fence owes. */
  async recover(): Promise<void> {
    const { recovery, life, storage, platform } = this.#options
    const { newest, permit } = recovery
    life.phase('recovering', newest?.checkpoint)
    if (permit === undefined || newest === undefined) return
    if (await isNotedCommitted(storage, newest, platform.log)) return
    life.check()
    await this.#commit(permit, newest, true)
  }

  async sweep(): Promise<void> {
    const { committers, fence, platform, life, events } = this.#options
    await sweepOrphans({
      committers,
      logId: fence.entry.logId,
      mayAbort: (name) => this.#sweep.decide(name) === 'abort',
      log: platform.log,
      goesOn: () => life.live,
      aborted: (sink, count) => events.emit('aborted', { sink, count }),
    })
  }

  /** Segments that the commits of the entry will read. */
  staged(pending: PendingCheckpoint<TaskSnapshot>): StagedSegment[] {
    return stagedBy(this.#owedBy(pending))
  }

  /** Resolves when the entry stands; throws FENCED when another one stands in its place. */
  async append(ready: ReadyCheckpoint): Promise<StandingEntry<CheckpointEntry>> {
    const { log, life } = this.#options
    const { pending } = ready
    assert(this.#unproven === 0, 'an entry is appended when the one before it is proven committed')
    const entry = this.#entryOf(ready)
    this.#checkPromises(entry.owes)
    pending.appending()
    life.phase('before-manifest', pending.checkpoint)
    const result = await log.append(entry)
    // The attempt may have ended meanwhile: the recovery that follows reads what stands.
    life.check()
    if (result.kind !== 'stands') {
      pending.lost()
      throw fencedError(life.generation, result.kind === 'lost' ? result.to.position : result.floor)
    }
    pending.completed()
    this.#position = logPosition(entry.position + 1)
    this.#retained = entry.retained
    this.#unproven = 1
    this.#owed.forgetUpTo(ready.knownComplete)
    return result.standing
  }

  /** Commits what the entry owes, until it is proven, and notes it. */
  async settle(standing: StandingEntry<CheckpointEntry>): Promise<void> {
    await this.#commit(permitOf(standing), standing.entry, false)
  }

  /** Removes what is not needed: names that nobody owes, entries and segments nobody keeps. */
  async cleanUp(
    standing: StandingEntry<CheckpointEntry>,
    pinned: ReadonlySet<string>,
  ): Promise<void> {
    const { storage, platform, life } = this.#options
    await this.sweep()
    life.check()
    const nowMs = platform.clock.now()
    await collect(storage, standing, platform.log, { goesOn: () => life.live, pinned, nowMs })
    life.check()
  }

  #checkPromises(owes: readonly NamedCommittable[]): void {
    for (const [sink, committer] of this.#options.committers) {
      const owed = owes.filter(({ name }) => name.sink === sink)
      if (owed.length === 0) continue
      try {
        committer.checkPromise?.(owed)
      } catch (error) {
        throw SluiceError.from(error, 'SINK_FAILED', `Sink '${sink}' cannot promise this`, { sink })
      }
    }
  }

  #owedBy(pending: PendingCheckpoint<TaskSnapshot>): NamedCommittable[] {
    return this.#owed.owedBy(pending.acknowledgements().map((taken) => taken.committables))
  }

  #entryOf({ pending, steps, end }: ReadyCheckpoint): CheckpointEntry {
    const { log, fence, plan, planHash, keep, platform, idempotentSinks, committers } =
      this.#options
    const { checkpoint } = pending
    const owes = this.#owedBy(pending)
    const staged = stagedBy(owes)
    // After the entry stands it would be too late to find out.
    for (const { name } of owes) {
      if (!committers.has(name.sink)) throw withoutCommitter(name.sink)
    }
    const itself: RetainedCheckpoint = {
      position: this.#position,
      checkpoint,
      generation: fence.entry.generation,
      segments: segmentNames(steps),
      ...(staged.length === 0 ? {} : { staged: staged.map(({ name }) => name) }),
    }
    return {
      kind: 'checkpoint',
      job: plan.job,
      logId: fence.entry.logId,
      position: this.#position,
      nonce: log.drawNonce(),
      generation: fence.entry.generation,
      writtenAtMs: platform.clock.now(),
      checkpoint,
      end,
      triggeredAtMs: pending.triggeredAtMs,
      plan: { hash: planHash, parallelism: plan.parallelism, maxParallelism: plan.maxParallelism },
      steps,
      owes,
      idempotentSinks,
      retained: retainedWith(this.#retained, itself, keep),
      ...(this.#begunFrom === undefined ? {} : { begunFrom: this.#begunFrom }),
    }
  }

  async #commit(permit: CommitPermit, entry: CheckpointEntry, recovered: boolean): Promise<void> {
    const { life, platform, events, storage } = this.#options
    const { checkpoint } = entry
    const started = platform.clock.monotonic()
    this.#unproven = 1
    this.#owed.owe(permit, checkpoint)
    life.phase('before-commit', checkpoint)
    await this.#commits.commit(permit, checkpoint)
    life.check()
    assert(this.#owed.mayAppend(), 'all commits of a permit are proven when it is done')
    this.#unproven = 0
    life.phase('after-commit', checkpoint)
    await noteCommitted(storage, entry, platform.log)
    life.check()
    life.phase('noted', checkpoint)
    events.emit('committed', {
      checkpoint,
      committables: permit.owes.length,
      durationMs: platform.clock.monotonic() - started,
      recovered,
    })
  }

  #commitRunner(): CommitRunner {
    const { committers, life, platform, events } = this.#options
    return new CommitRunner({
      committers,
      pauses: life.pauses,
      random: platform.random,
      timers: platform.timers,
      ends: {
        judge: (error) => this.#judge(error),
        retried: (sink, checkpoint, error) => {
          platform.log.warn(`${error.message} It is tried again.`, { sink, checkpoint })
          events.emit('commit-retried', { sink, checkpoint, error })
        },
        silent: (sink, checkpoint, waitedMs) => {
          const seconds = Math.round(waitedMs / 1000)
          const message = `Sink '${sink}' has not answered a commit for ${seconds} s.`
          platform.log.warn(message, { sink, checkpoint })
          events.emit('warning', { message })
        },
        proven: (committable) => this.#owed.proven(committable.name),
        inCommit: (checkpoint) => life.phase('in-commit', checkpoint),
      },
    })
  }

  async #judge(error: SluiceError): Promise<void> {
    const { log, life, fence } = this.#options
    const { generation } = fence.entry
    try {
      this.#view = await readAsRunning(generation, () => log.readOn(this.#view))
    } catch (unread) {
      // An error that is tried again anyway need not be judged.
      const isOver = unread instanceof SluiceError && unread.retry === 'fence'
      if (error.retry !== 'never' && !isOver) return
      throw unread
    }
    life.check()
    const decision = judgeCommitError(error.retry, this.#view, generation)
    if (decision.kind === 'over') throw fencedError(life.generation, decision.fence.position)
    if (decision.kind === 'believe') throw error
  }
}

function stagedBy(owes: readonly NamedCommittable[]): StagedSegment[] {
  return owes.flatMap(({ staged = [] }) => staged)
}

/** That it was claimed is said by one entry alone. */
function carriedOn(begunFrom: CheckpointEntry['begunFrom']): CheckpointEntry['begunFrom'] {
  if (begunFrom === undefined) return undefined
  const { claimed: _, ...others } = begunFrom
  return others
}

function withoutCommitter(sink: string): SluiceError {
  return new SluiceError(
    'JOB_INVALID',
    `The writer of sink '${sink}' has prepared something, and the sink has no committer.`,
    { hint: 'Give the sink `createCommitter`, or prepare nothing.', where: { sink } },
  )
}
