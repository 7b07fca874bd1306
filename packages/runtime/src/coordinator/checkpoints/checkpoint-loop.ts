// The checkpoints of one attempt: asks the decider when to trigger, snapshots the enumerators and
// posts the barriers in one turn, collects acknowledgements, and hands complete checkpoints over,
// one at a time, to be written and committed. A failed checkpoint aborts nothing; its records
// belong to the next one.

import { type CheckpointSettings, SluiceError } from '@sluice/core/internal'
import type { SegmentVerification } from '../../checkpoint/segment-verification.ts'
import {
  type CheckpointFailureReason,
  describeFailure,
  FailureTolerance,
} from '../../checkpoint/protocol/failure-reason.ts'
import {
  type CheckpointId,
  checkpointId,
  type Generation,
} from '../../checkpoint/protocol/identifiers.ts'
import type { StandingEntry } from '../../checkpoint/protocol/log/append.ts'
import {
  type CheckpointEnd,
  type CheckpointEntry,
  retainedSegments,
} from '../../checkpoint/protocol/log/entry.ts'
import { PendingCheckpoint } from '../../checkpoint/protocol/pending-checkpoint.ts'
import { decideTrigger, type TriggerPurpose } from '../../checkpoint/protocol/trigger.ts'
import type { Platform } from '../../platform/platform.ts'
import type { PhysicalPlan } from '../../plan/physical-plan.ts'
import type { FromWorker, TaskSnapshot, ToWorker } from '../../worker/messages.ts'
import type { AttemptLife } from '../attempt-life.ts'
import { assembleSteps, subtaskName, subtasksOf } from './checkpoint-assembly.ts'
import type { CheckpointCompletion, ReadyCheckpoint } from './checkpoint-completion.ts'
import { checkpointSummary } from './checkpoint-summary.ts'
import type { EventListeners } from '../event-listeners.ts'
import type { CheckpointSummary } from '../job-run.ts'
import type { CheckpointRequests, OpenRequest } from '../requests/checkpoint-requests.ts'

export interface CheckpointLoopOptions {
  readonly platform: Platform
  readonly settings: CheckpointSettings
  readonly life: AttemptLife
  readonly generation: Generation
  readonly firstCheckpoint: CheckpointId
  readonly plan: PhysicalPlan
  readonly completion: CheckpointCompletion
  readonly verification: SegmentVerification
  readonly events: EventListeners
  /** What the outside asks of the checkpoints of this run. */
  readonly requests: CheckpointRequests
  /** Synchronous: the triggers are posted in the same turn. */
  readonly snapshotEnumerators: () => Record<string, unknown>
  readonly toWorkers: (message: ToWorker) => void
  readonly completed: (summary: CheckpointSummary) => void
  readonly failedCheckpoint: () => void
  /** The checkpoint that ends the run is committed. */
  readonly ended: (end: Exclude<CheckpointEnd, 'continues'>) => void
  /** The attempt cannot go on. */
  readonly failed: (error: SluiceError) => void
}

interface InFlight {
  readonly pending: PendingCheckpoint<TaskSnapshot>
  readonly purpose: TriggerPurpose
  readonly enumerators: Record<string, unknown>
  readonly triggeredMs: number
  /** Answered by this checkpoint. */
  requests: OpenRequest[]
  cancelTimeout: () => void
  aligning: boolean
}

export class CheckpointLoop {
  readonly #options: CheckpointLoopOptions
  readonly #tolerance: FailureTolerance
  readonly #subtasks: readonly string[]
  readonly #inFlight = new Map<CheckpointId, InFlight>()
  /** Complete checkpoints are written and committed one after the other. */
  #chain: Promise<void> = Promise.resolve()
  #nextCheckpoint: CheckpointId
  #tasks: 'starting' | 'running' | 'finished' | 'ended' = 'starting'
  #stopRequested = false
  /** A sink cannot wait for the interval. */
  #urgent = false
  #draining = false
  #endStands = false
  #runningSinceMs = 0
  #lastTriggeredMs: number | undefined
  #lastEndedMs: number | undefined
  /** No new trigger before this, after a failure that would else be repeated at once. */
  #restUntilMs = 0
  #cancelTimer: () => void = () => {}

  constructor(options: CheckpointLoopOptions) {
    this.#options = options
    this.#tolerance = new FailureTolerance(options.settings.tolerableFailures)
    this.#subtasks = subtasksOf(options.plan)
    this.#nextCheckpoint = options.firstCheckpoint
    options.requests.onAsked = () => this.#guarded(() => this.#decide())
  }

  /** Tasks run from now on. */
  start(): void {
    this.#tasks = 'running'
    this.#runningSinceMs = this.#nowMs()
    this.#options.life.phase('reading')
    this.#decide()
  }

  /** All subtasks have processed all their input. */
  tasksFinished(): void {
    if (this.#tasks !== 'running') return
    this.#tasks = 'finished'
    this.#decide()
  }

  /**
   * The sources end: until all is processed no checkpoint is taken, for it would hold an event time
   * that nothing but the end of the job justifies.
   */
  drain(): void {
    this.#draining = true
    this.#decide()
  }

  requestStop(): void {
    this.#stopRequested = true
    this.#decide()
  }

  /** As soon as one can be taken. */
  requestNow(): void {
    this.#urgent = true
    this.#decide()
  }

  /** The attempt is over: what is in flight fails, quietly for the tasks that are no more. */
  end(reason: Extract<CheckpointFailureReason, 'task-failed' | 'fenced' | 'cancelled'>): void {
    if (this.#tasks === 'ended') return
    this.#tasks = 'ended'
    this.#cancelTimer()
    for (const flight of this.#inFlight.values()) {
      flight.cancelTimeout()
      if (flight.pending.fail(reason)) this.#report(flight, reason, undefined)
      this.#giveBack(flight, undefined)
    }
    this.#inFlight.clear()
  }

  acknowledge(message: Extract<FromWorker, { type: 'acknowledge' }>): void {
    const flight = this.#inFlight.get(checkpointId(message.checkpoint))
    if (flight === undefined) return
    const outcome = flight.pending.acknowledge({
      generation: this.#options.generation,
      checkpoint: flight.pending.checkpoint,
      subtask: subtaskName(message.chain, message.subtask),
      committables: message.snapshot.committables,
      report: message.snapshot,
    })
    if (outcome === 'taken' && !flight.aligning) {
      flight.aligning = true
      this.#options.life.phase('aligning', flight.pending.checkpoint)
    }
    if (outcome !== 'completes') return
    this.#options.life.phase('acknowledged', flight.pending.checkpoint)
    this.#chain = this.#chain.then(() => this.#complete(flight))
  }

  decline(message: Extract<FromWorker, { type: 'decline' }>): void {
    const flight = this.#inFlight.get(checkpointId(message.checkpoint))
    if (flight === undefined) return
    const error = SluiceError.fromWire(message.error)
    if (error.retry === 'never' || error.retry === 'fence') return this.#options.failed(error)
    this.#fail(flight, isStorageAway(error) ? 'storage-unavailable' : 'declined', error)
  }

  /** Triggers, or waits for the time at which that may be decided anew. */
  #decide(): void {
    this.#cancelTimer()
    const { settings, life } = this.#options
    if (!life.live) return
    const nowMs = this.#nowMs()
    const decision = decideTrigger({
      nowMs,
      settings,
      tasks: this.#tasks,
      inFlight: this.#inFlight.size,
      endUnderWay: this.#endUnderWay(),
      runningSinceMs: this.#runningSinceMs,
      lastTriggeredAtMs: this.#lastTriggeredMs,
      lastEndedAtMs: this.#lastEndedMs,
      draining: this.#draining,
      request: this.#request(),
    })
    if (decision.kind === 'wait') {
      if (decision.untilMs !== undefined) this.#decideAt(decision.untilMs)
    } else if (nowMs < this.#restUntilMs) {
      this.#decideAt(this.#restUntilMs)
    } else {
      this.#trigger(decision.purpose)
      this.#decide()
    }
  }

  #request(): 'stop' | 'checkpoint' | 'none' {
    if (this.#stopRequested) return 'stop'
    return this.#urgent || this.#options.requests.waiting ? 'checkpoint' : 'none'
  }

  #decideAt(timeMs: number): void {
    const { platform } = this.#options
    const delayMs = Math.max(0, timeMs - this.#nowMs())
    this.#cancelTimer = platform.timers.after(delayMs, () => this.#guarded(() => this.#decide()))
  }

  #endUnderWay(): boolean {
    if (this.#endStands) return true
    return this.#inFlight.values().some(({ purpose }) => purpose === 'final' || purpose === 'stop')
  }

  #trigger(purpose: TriggerPurpose): void {
    const { platform, life, events, settings, toWorkers } = this.#options
    const checkpoint = this.#nextCheckpoint
    this.#nextCheckpoint = checkpointId(checkpoint + 1)
    this.#lastTriggeredMs = this.#nowMs()
    this.#urgent = false
    const flight: InFlight = {
      pending: new PendingCheckpoint<TaskSnapshot>({
        checkpoint,
        generation: this.#options.generation,
        triggeredAtMs: platform.clock.now(),
        subtasks: this.#subtasks,
      }),
      purpose,
      enumerators: {},
      triggeredMs: this.#lastTriggeredMs,
      requests: this.#options.requests.take(purpose === 'stop' || purpose === 'final'),
      cancelTimeout: () => {},
      aligning: false,
    }
    this.#inFlight.set(checkpoint, flight)
    try {
      Object.assign(flight.enumerators, this.#options.snapshotEnumerators())
    } catch (error) {
      const why = SluiceError.from(error, 'SOURCE_UNREADABLE', 'A source could not be snapshotted')
      this.#fail(flight, 'trigger-failed', why)
      return
    }
    const stop = purpose === 'stop'
    toWorkers({ type: 'trigger', checkpoint, stop })
    flight.cancelTimeout = platform.timers.after(settings.timeoutMs, () =>
      this.#guarded(() => this.#fail(flight, 'timed-out', undefined)),
    )
    events.emit('checkpoint-triggered', { checkpoint, stop })
    life.phase('triggered', checkpoint)
  }

  async #complete(flight: InFlight): Promise<void> {
    const { life, completion, failed, requests } = this.#options
    try {
      if (!life.live || !(await this.#verified(flight))) return
      life.check()
      const standing = await completion.append(this.#ready(flight))
      flight.cancelTimeout()
      const summary = this.#stands(flight, standing)
      await completion.settle(standing)
      const isEnd = standing.entry.end !== 'continues'
      // No other comes: it serves whoever has asked since it was triggered, too.
      if (isEnd) flight.requests.push(...requests.take(true))
      requests.settled(flight.requests.splice(0), standing.entry, summary)
      await requests.known()
      life.check()
      this.#inFlight.delete(flight.pending.checkpoint)
      this.#lastEndedMs = this.#nowMs()
      const { end } = standing.entry
      if (end === 'continues') {
        life.phase('reading', flight.pending.checkpoint)
        this.#decide()
      }
      // What savepoints still read is kept until then, and after the end nobody clears it away.
      if (end !== 'continues') await requests.written()
      await completion.cleanUp(standing, requests.pinned)
      if (end !== 'continues') this.#options.ended(end)
    } catch (error) {
      if (!life.live) return
      failed(SluiceError.from(error, 'CHECKPOINT_FAILED', 'A checkpoint could not be completed'))
    }
  }

  /** False where the checkpoint failed, before or by this: a segment is not right. */
  async #verified(flight: InFlight): Promise<boolean> {
    const { verification, life, completion } = this.#options
    const { pending } = flight
    if (pending.state !== 'complete') return false
    const segments = pending
      .acknowledgements()
      .flatMap(({ report }) => Object.values(report.keyed).flat())
    try {
      const damaged = await verification.damaged([...segments, ...completion.staged(pending)])
      life.check()
      if (damaged.length > 0) {
        const what = `Segments do not read back as they were written: ${damaged.join(', ')}.`
        this.#fail(flight, 'declined', new SluiceError('STORAGE_FAILED', what))
      }
    } catch (error) {
      life.check()
      this.#fail(
        flight,
        'storage-unavailable',
        SluiceError.from(error, 'STORAGE_FAILED', 'Segments could not be read back'),
      )
    }
    return pending.state === 'complete'
  }

  #ready(flight: InFlight): ReadyCheckpoint {
    const { pending, enumerators, purpose } = flight
    // From here on only the log decides.
    flight.cancelTimeout()
    const snapshots = new Map(
      pending.acknowledgements().map(({ subtask, report }) => [subtask, report]),
    )
    const finished = snapshots.values().every((snapshot) => snapshot.finished)
    const end: CheckpointEnd = finished ? 'finished' : purpose === 'stop' ? 'stopped' : 'continues'
    const { plan } = this.#options
    return {
      pending,
      steps: assembleSteps({ plan, snapshots, enumerators }),
      end,
      knownComplete: knownToAll(snapshots.values()),
    }
  }

  #stands(flight: InFlight, standing: StandingEntry<CheckpointEntry>): CheckpointSummary {
    const { life, toWorkers, events, completed, verification } = this.#options
    const { checkpoint } = standing.entry
    life.phase('after-manifest', checkpoint)
    if (standing.entry.end !== 'continues') this.#endStands = true
    this.#tolerance.completed()
    verification.keepOnly(retainedSegments(standing.entry))
    toWorkers({ type: 'completed', checkpoint })
    for (const [id, other] of this.#inFlight) {
      if (id >= checkpoint) continue
      // This one is newer: it serves whoever asked for that one.
      flight.requests.push(...other.requests.splice(0))
      this.#fail(other, 'overtaken', undefined)
    }
    const summary = checkpointSummary(
      standing.entry,
      flight.pending.acknowledgements().map(({ report }) => report),
      this.#nowMs() - flight.triggeredMs,
    )
    completed(summary)
    events.emit('checkpoint-completed', { checkpoint: summary })
    return summary
  }

  #fail(flight: InFlight, reason: CheckpointFailureReason, error: SluiceError | undefined): void {
    const { pending } = flight
    if (!pending.fail(reason)) return
    flight.cancelTimeout()
    this.#inFlight.delete(pending.checkpoint)
    this.#lastEndedMs = this.#nowMs()
    this.#restUntilMs = this.#lastEndedMs + this.#options.settings.minPauseMs
    if (reason !== 'trigger-failed' && reason !== 'overtaken') {
      this.#options.toWorkers({ type: 'abandoned', checkpoint: pending.checkpoint })
    }
    this.#report(flight, reason, error)
    this.#giveBack(flight, failedCheckpoint(flight, reason, error))
    if (this.#tolerance.failed(reason) === 'end-attempt') {
      this.#options.failed(failedCheckpoint(flight, reason, error))
    } else {
      this.#decide()
    }
  }

  #giveBack(flight: InFlight, error: SluiceError | undefined): void {
    this.#options.requests.giveBack(flight.requests.splice(0), error)
  }

  #report(
    { pending }: InFlight,
    reason: CheckpointFailureReason,
    error: SluiceError | undefined,
  ): void {
    const { events, platform, failedCheckpoint: count } = this.#options
    const { checkpoint } = pending
    count()
    platform.log.warn(`Checkpoint ${checkpoint} failed: ${describeFailure(reason)}.`, {
      ...(error === undefined ? {} : { error: error.message }),
      ...(reason === 'timed-out' ? { missing: pending.missing() } : {}),
    })
    events.emit('checkpoint-failed', { checkpoint, reason, error })
  }

  #guarded(call: () => void): void {
    if (!this.#options.life.live) return
    try {
      call()
    } catch (error) {
      this.#options.failed(SluiceError.from(error, 'CHECKPOINT_FAILED', 'A checkpoint failed'))
    }
  }

  #nowMs(): number {
    return this.#options.platform.clock.monotonic()
  }
}

function failedCheckpoint(
  { pending }: InFlight,
  reason: CheckpointFailureReason,
  error: SluiceError | undefined,
): SluiceError {
  const because = error === undefined ? '' : ` ${error.message}`
  return new SluiceError(
    'CHECKPOINT_FAILED',
    `Checkpoint ${pending.checkpoint} failed: ${describeFailure(reason)}.${because}`,
    {
      hint: 'More checkpoints failed in a row than `tolerableFailures` allows.',
      where: { checkpoint: pending.checkpoint },
      ...(error === undefined ? {} : { cause: error }),
    },
  )
}

function isStorageAway(error: SluiceError): boolean {
  return error.code === 'STORAGE_FAILED' || error.code === 'STORAGE_FULL'
}

/** The newest checkpoint that every subtask knew to be complete when it acknowledged. */
function knownToAll(snapshots: Iterable<TaskSnapshot>): CheckpointId | 0 {
  const known = Math.min(...Array.from(snapshots, ({ knownComplete }) => knownComplete))
  return known === 0 ? 0 : checkpointId(known)
}
