// The coordinator of a run: everything in the main thread of `sluice run`. It prepares the job and
// then makes one attempt of its tasks after the other until one ends for good:
//
//   raise the fence → commit what is owed → foreign history? → sweep → restore → run the tasks
//        ▲                                                                      │ failed
//        └──────────────── restart strategy: delay, next generation ◄───────────┘

import { SluiceError } from '@sluice/core/internal'
import { LogStore } from '../checkpoint/log-store.ts'
import type { Generation } from '../checkpoint/protocol/identifiers.ts'
import type { GivenUp } from '../checkpoint/protocol/log/entry.ts'
import type { SavepointProgress } from '../checkpoint/savepoint/savepoint-writer.ts'
import { SegmentVerification } from '../checkpoint/segment-verification.ts'
import type { Platform } from '../platform/platform.ts'
import { ContentChecksum } from '../state/segment/content-checksum.ts'
import { Attempt, type AttemptEnd } from './attempt.ts'
import { AttemptLife } from './attempt-life.ts'
import { waitAtMost } from './bounded-wait.ts'
import { CheckpointCompletion } from './checkpoints/checkpoint-completion.ts'
import { CheckpointLoop } from './checkpoints/checkpoint-loop.ts'
import { checkpointSummary } from './checkpoints/checkpoint-summary.ts'
import { clearFenced, clearFinished, clearStorage } from './checkpoints/leftovers.ts'
import { EventListeners } from './event-listeners.ts'
import { believedError } from './fence-errors.ts'
import { type RaisedFence, raiseFence } from './fence-raising.ts'
import type {
  CheckpointSummary,
  JobEvents,
  JobOptions,
  JobResult,
  JobRun,
  JobStatus,
  SavepointRequest,
  SavepointSummary,
  StopOptions,
  StopSummary,
} from './job-run.ts'
import { type JobOutcome, type JobState, Lifecycle } from './lifecycle.ts'
import { type OpenStorage, type PreparedJob, prepareJob } from './prepared-job.ts'
import { planRestore, restoredEnumerators } from './checkpoints/restore-plan.ts'
import { type Answer } from './requests/checkpoint-requests.ts'
import { RunRequests, runHasEnded } from './requests/run-requests.ts'
import { Restarts } from './restarts.ts'
import { RunProgress } from './run-progress.ts'
import { commitOwed } from './start/owed-commits.ts'
import { completionOptions, fenceTools, type ProtectedJob } from './start/protected-job.ts'
import { RunBeginning } from './start/run-beginning.ts'
import {
  checkHistory,
  closeCommitters,
  committingSinks,
  createCommitters,
} from './connectors/sink-committers.ts'

type ReportProgress = (progress: SavepointProgress) => void
type StandingFence = Extract<RaisedFence, { kind: 'stands' }>
type RunEnd = AttemptEnd | { readonly kind: 'finished-before' }

/** `again`: the operator lets go of a promise, which the next fence says. */
type RecoveryEnd = RunEnd | { readonly kind: 'again' }

/** How long committers may take to close when the run has ended. */
const closeWithinMs = 10_000

export class Coordinator implements JobRun {
  readonly done: Promise<JobResult>
  readonly #platform: Platform
  readonly #options: JobOptions
  readonly #events: EventListeners
  readonly #lifecycle: Lifecycle
  readonly #progress = new RunProgress()
  readonly #restarts: Restarts
  readonly #requests: RunRequests
  readonly #cancelled = Promise.withResolvers<RunEnd>()
  readonly #closing: Promise<void>[] = []
  #cancelRequested = false
  /** What turned out to be impossible and the operator's `acceptDuplicates` lets go of. */
  #givesUp: GivenUp | undefined
  #before: Generation | undefined
  /** Since when no tasks run; for the length of a recovery. */
  #downSinceMs: number
  #log: LogStore | undefined
  #life: AttemptLife | undefined
  #attempt: Attempt | undefined
  #attemptEnd: Promise<unknown> = Promise.resolve()
  #completion: CheckpointCompletion | undefined

  constructor(platform: Platform, options: JobOptions) {
    this.#platform = platform
    this.#options = options
    this.#events = new EventListeners(platform.log)
    this.#lifecycle = new Lifecycle((state) => this.#entered(state))
    this.#restarts = new Restarts(platform)
    this.#requests = new RunRequests(platform, this.#events, (error) => this.#believed(error))
    this.#downSinceMs = platform.clock.monotonic()
    this.done = this.#run()
  }

  on<Name extends keyof JobEvents>(
    name: Name,
    listener: (event: JobEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  status(): JobStatus {
    return this.#progress.status(this.#lifecycle.state, this.#completion?.commitsOwed ?? 0)
  }

  stop(): void {
    if (this.#requests.stop) this.cancel()
    else this.#requestStop(false)
  }

  async checkpoint(): Promise<CheckpointSummary> {
    return (await this.#requests.ask(undefined, () => {})).checkpoint
  }

  async savepoint(
    request: SavepointRequest = {},
    progress: ReportProgress = () => {},
  ): Promise<SavepointSummary> {
    return (await this.#requests.ask(request, progress)).savepoint as SavepointSummary
  }

  async stopWith(
    { savepoint, drain = false }: StopOptions,
    progress: ReportProgress = () => {},
  ): Promise<StopSummary> {
    const asked: Promise<Answer | undefined> =
      savepoint === undefined
        ? Promise.resolve(undefined)
        : this.#requests.askAtEnd(savepoint, progress)
    this.#requestStop(drain)
    const [answer, result] = await Promise.all([asked, this.done])
    const { outcome, error } = result
    // Another stop had come first: no window has fired.
    if (drain && outcome === 'stopped') throw runHasEnded(outcome, error)
    if (answer !== undefined) return answer
    if (outcome === 'stopped' || outcome === 'finished' || outcome === 'finished-before') {
      return { checkpoint: this.#progress.lastCheckpoint, savepoint: undefined }
    }
    throw runHasEnded(outcome, error)
  }

  cancel(): void {
    if (this.#cancelRequested) return
    this.#cancelRequested = true
    const reason = new Error('The run was cancelled.')
    this.#log?.end(reason)
    this.#life?.end(reason)
    this.#requests.cancel()
    this.#attempt?.cancel()
    this.#restarts.endWait()
    void this.#attemptEnd.then(() => this.#cancelled.resolve({ kind: 'cancelled' }))
  }

  async #run(): Promise<JobResult> {
    let outcome: JobOutcome
    let error: SluiceError | undefined
    try {
      const end = await Promise.race([this.#execute(), this.#cancelled.promise])
      outcome = end.kind
    } catch (thrown) {
      error = SluiceError.from(thrown, 'INVARIANT_BROKEN', 'The coordinator failed')
      outcome = this.#cancelRequested ? 'cancelled' : error.retry === 'fence' ? 'fenced' : 'failed'
      if (outcome === 'cancelled') {
        error = undefined
        await this.#cancelled.promise
      }
    }
    this.#progress.lastError = error ?? this.#progress.lastError
    this.#life?.end(new Error('The run has ended.'))
    this.#log?.end(new Error('The run has ended.'))
    this.#requests.end(outcome, error)
    await this.#closed()
    if (outcome === 'fenced') this.#events.emit('fenced', { generation: this.#progress.generation })
    this.#lifecycle.enter(outcome)
    const { restarts, newestCheckpoint } = this.#progress
    return { outcome, error, restarts, lastCheckpoint: newestCheckpoint }
  }

  async #execute(): Promise<RunEnd> {
    const job = await prepareJob(this.#platform, this.#options)
    this.#progress.job = job.name
    this.#requests.setPlace(job)
    const beginning = await RunBeginning.open(this.#platform, job, this.#options)
    this.#checkCancelled()
    if (job.storage !== undefined) {
      this.#log = new LogStore(job.storage.storage, this.#platform, job.name)
    }
    for (;;) {
      this.#lifecycle.enter('recovering')
      this.#progress.attemptBegins()
      const end = await this.#attemptOf(job, beginning)
      if (end.kind === 'again') continue
      if (end.kind !== 'failed') return end
      try {
        await this.#restartOrThrow(job, end.error)
      } catch (final) {
        const error = await this.#believed(final)
        if (error instanceof SluiceError && error.retry === 'fence') await this.#clearFenced(job)
        throw error
      }
    }
  }

  /** Not for ever: nothing that this run left open is ever published. */
  async #clearFenced(job: PreparedJob): Promise<void> {
    const [log, mine, storage] = [this.#log, this.#before, job.storage?.storage]
    if (log === undefined || mine === undefined || storage === undefined) return
    const goesOn = (): boolean => !this.#cancelRequested
    const scope = { platform: this.#platform, job, storage, events: this.#events, goesOn }
    await waitAtMost(this.#platform.timers, closeWithinMs, clearFenced(scope, log, mine))
  }

  async #believed(error: unknown): Promise<unknown> {
    if (this.#log === undefined || this.#before === undefined) return error
    return await believedError(error, this.#log, this.#before, this.#platform.log)
  }

  /** One attempt, its recovery included. What fails before the first fence stands is thrown. */
  async #attemptOf(job: PreparedJob, beginning: RunBeginning): Promise<RecoveryEnd> {
    const platform = this.#platform
    const { storage: place } = job
    const log = this.#log
    if (place === undefined || log === undefined) return await this.#runUnprotected(job)
    const { storage } = place
    const verification = new SegmentVerification(storage, () => new ContentChecksum())
    const base: ProtectedJob = { platform, job, place, storage, log, verification }
    try {
      const raised = await this.#raiseFence(base, beginning)
      this.#checkCancelled()
      if (raised.kind === 'finished-before') {
        const goesOn = (): boolean => !this.#cancelRequested
        await clearFinished({ ...base, events: this.#events, goesOn }, raised.last)
        return this.#finishedBefore(raised.last.checkpoint)
      }
      const { logId, generation } = raised.fence.entry
      this.#before = generation
      this.#progress.generation = generation
      this.#events.emit('generation', { logId, generation, storage: place.place })
      return await this.#recoverAndRun(base, raised, beginning)
    } catch (thrown) {
      this.#checkCancelled()
      if (this.#before === undefined) throw thrown
      const error = SluiceError.from(thrown, 'INVARIANT_BROKEN', 'The coordinator failed')
      return { kind: 'failed', error }
    }
  }

  #finishedBefore(checkpoint: number): RunEnd {
    this.#progress.restoredFrom = checkpoint
    return { kind: this.#before === undefined ? 'finished-before' : 'finished' }
  }

  async #raiseFence(base: ProtectedJob, { savepoint }: RunBeginning): Promise<RaisedFence> {
    const starts = this.#before === undefined
    const { from = 'latest', acceptDuplicates = false, allowDroppedState = false } = this.#options
    const tools = fenceTools(base, (message) => this.#warn(message))
    return await raiseFence(tools, {
      // The fence of this run recorded where it began: its restarts stay on that timeline.
      from: starts && typeof from !== 'object' ? from : 'latest',
      start: savepoint,
      acceptDuplicates,
      allowDroppedState,
      givesUp: this.#givesUp,
      before: this.#before,
    })
  }

  async #recoverAndRun(
    base: ProtectedJob,
    raised: StandingFence,
    beginning: RunBeginning,
  ): Promise<RecoveryEnd> {
    const { job } = base
    const { logId, generation } = raised.fence.entry
    const life = new AttemptLife(this.#platform, generation, this.#options.onPhase)
    this.#life = life
    const metrics = this.#progress.coordinatorFigures
    const scope = {
      platform: this.#platform,
      job: job.name,
      logId,
      generation,
      metrics,
      storage: base.storage,
      promised: raised.recovery.newest?.owes ?? [],
    }
    const committers = await createCommitters(scope, committingSinks(job.graph, job.sinks))
    try {
      const attempt = { life, events: this.#events, committers }
      const completion = new CheckpointCompletion(completionOptions(base, raised, attempt))
      this.#completion = completion
      const { startOver = false } = this.#options
      // A sink may publish nothing beside a history that is not adopted yet.
      if (startOver) await checkHistory(committers, logId, true)
      this.#givesUp = await commitOwed(completion, raised, this.#options, (message) =>
        this.#warn(message),
      )
      if (this.#givesUp !== undefined) return { kind: 'again' }
      await checkHistory(committers, logId, startOver)
      life.check()
      await completion.sweep()
      await this.#requests.exports.clearBefore(raised.fence.entry)
      life.check()
      if (await beginning.imported(base, raised, life)) return { kind: 'again' }
      if (raised.recovery.end === 'finished') return await this.#finishedWith(base, raised, life)
      if (this.#requests.mayEndAtOnce) return { kind: 'stopped' }
      return await this.#runTasks(base, life, completion, raised)
    } finally {
      life.end(new Error('The attempt of the tasks is over.'))
      this.#closing.push(closeCommitters(this.#platform, committers))
    }
  }

  /** The last checkpoint stood already and now is committed: by this run, or for one before it. */
  async #finishedWith(
    { storage, platform }: ProtectedJob,
    { recovery: { restore } }: StandingFence,
    life: AttemptLife,
  ): Promise<RunEnd> {
    this.#progress.restoredFrom = restore?.checkpoint
    const { checkpoints } = this.#requests
    if (restore !== undefined) {
      await checkpoints.lastSettled(restore, checkpointSummary(restore, [], 0))
      const { pinned } = checkpoints
      const limits = { goesOn: () => life.live, pinned, nowMs: platform.clock.now() }
      await clearStorage(storage, restore, platform.log, limits)
    }
    return { kind: this.#progress.attempt > 1 ? 'finished' : 'finished-before' }
  }

  async #runTasks(
    { job, place, verification }: ProtectedJob,
    life: AttemptLife,
    completion: CheckpointCompletion,
    { fence, recovery }: StandingFence,
  ): Promise<AttemptEnd> {
    const { restore } = recovery
    this.#progress.restoredFrom = restore?.checkpoint
    const { logId, generation } = fence.entry
    const attempt = this.#newAttempt(job, life, {
      place,
      logId,
      restore: restore === undefined ? [] : planRestore(restore, job.plan),
      enumerators: restore === undefined ? {} : restoredEnumerators(restore, job.plan),
    })
    const loop = new CheckpointLoop({
      platform: this.#platform,
      settings: place.settings,
      life,
      generation,
      firstCheckpoint: recovery.nextCheckpoint,
      plan: job.plan,
      completion,
      verification,
      events: this.#events,
      requests: this.#requests.checkpoints,
      snapshotEnumerators: attempt.snapshotEnumerators,
      toWorkers: (message) => attempt.workers.postToAll(message),
      completed: (summary) => this.#progress.completed(summary),
      failedCheckpoint: () => {
        this.#progress.failedCheckpoints += 1
      },
      ended: (end) => attempt.end(end),
      failed: (error) => attempt.fail(error),
    })
    return await this.#runAttempt(attempt, loop)
  }

  /** Checkpoints are off: nothing is fenced, restored or committed. */
  async #runUnprotected(job: PreparedJob): Promise<AttemptEnd> {
    if (this.#requests.mayEndAtOnce) return { kind: 'stopped' }
    const life = new AttemptLife(this.#platform, 0, this.#options.onPhase)
    this.#life = life
    const none = { place: undefined, logId: '', restore: [], enumerators: {} }
    return await this.#runAttempt(this.#newAttempt(job, life, none), undefined)
  }

  #newAttempt(
    job: PreparedJob,
    life: AttemptLife,
    begin: {
      readonly place: OpenStorage | undefined
      readonly logId: string
      readonly restore: ReturnType<typeof planRestore>
      readonly enumerators: Readonly<Record<string, unknown>>
    },
  ): Attempt {
    const { origin, parameters = {}, freezes = false, metricsEveryMs = 1_000 } = this.#options
    return new Attempt({
      platform: this.#platform,
      job,
      life,
      events: this.#events,
      start: {
        origin,
        parameters,
        parallelism: job.plan.parallelism,
        planHash: job.planHash,
        logId: begin.logId,
        generation: life.generation,
        storage: begin.place?.place,
        mode: begin.place?.settings.mode ?? 'at-least-once',
        freezes,
        state: job.settings.state,
        metricsEveryMs,
      },
      restore: begin.restore,
      enumerators: begin.enumerators,
      figures: this.#progress.figures,
      coordinatorFigures: this.#progress.coordinatorFigures,
      total: (step, total) => {
        this.#progress.totals[step] = total
      },
      finishing: () => {
        if (this.#lifecycle.state === 'running') this.#lifecycle.enter('finishing')
      },
      running: () => this.#tasksRun(),
    })
  }

  async #runAttempt(attempt: Attempt, loop: CheckpointLoop | undefined): Promise<AttemptEnd> {
    this.#attempt = attempt
    const end = attempt.run(loop)
    this.#attemptEnd = end
    return await end
  }

  #tasksRun(): void {
    const nowMs = this.#platform.clock.monotonic()
    this.#restarts.running(nowMs)
    this.#lifecycle.enter('running')
    const { attempt, generation, restoredFrom } = this.#progress
    const recoveryMs = nowMs - this.#downSinceMs
    this.#events.emit('running', { attempt, generation, restoredFrom, recoveryMs })
    if (this.#requests.stop) this.#platform.later(() => this.#stopTasks())
  }

  #stopTasks(): void {
    if (this.#lifecycle.state !== 'running') return
    if (this.#requests.drain) {
      this.#attempt?.drain()
      return
    }
    this.#lifecycle.enter('stopping')
    this.#attempt?.stop()
  }

  #requestStop(drain: boolean): void {
    this.#requests.requestStop(drain)
    this.#restarts.endWait()
    if (this.#lifecycle.state === 'running') this.#stopTasks()
  }

  /** Waits for the next attempt, or throws what ends the run. */
  async #restartOrThrow(job: PreparedJob, error: SluiceError): Promise<void> {
    this.#downSinceMs = this.#platform.clock.monotonic()
    this.#progress.lastError = error
    const delayMs = this.#restarts.delayMsOrThrow(job, error, this.#progress)
    this.#progress.restarts += 1
    this.#lifecycle.enter('restarting')
    this.#platform.log.warn(`The tasks are started again: ${error.message}`, {
      code: error.code,
      delayMs,
    })
    this.#events.emit('restarting', { error, delayMs, restarts: this.#progress.restarts })
    if (delayMs > 0 && !this.#requests.stop) await this.#restarts.wait(delayMs)
    this.#checkCancelled()
  }

  /** Waits for the committers of all attempts, and for copies, though not for ever. */
  async #closed(): Promise<void> {
    const closing = [...this.#closing, this.#requests.exports.settled()]
    await waitAtMost(this.#platform.timers, closeWithinMs, Promise.all(closing))
  }

  #checkCancelled(): void {
    if (this.#cancelRequested) throw new SluiceError('USAGE', 'The run was cancelled.')
  }

  #entered(state: JobState): void {
    this.#events.emit('state', { state })
  }

  #warn(message: string): void {
    this.#platform.log.warn(message)
    this.#events.emit('warning', { message })
  }
}
