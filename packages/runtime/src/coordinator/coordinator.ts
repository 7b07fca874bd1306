// The coordinator of a run: everything in the main thread of `sluice run`. It prepares the job and
// then makes one attempt of its tasks after the other until one ends for good:
//
//   raise the fence → commit what is owed → foreign history? → sweep → restore → run the tasks
//        ▲                                                                      │ failed
//        └──────────────── restart strategy: delay, next generation ◄───────────┘

import type { Committer } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import { collect } from '../checkpoint/collector.ts'
import { LogStore } from '../checkpoint/log-store.ts'
import type { Generation } from '../checkpoint/protocol/identifiers.ts'
import { FinishedEntry } from '../checkpoint/protocol/log/append.ts'
import type { GivenUp } from '../checkpoint/protocol/log/entry.ts'
import { sameGivenUp } from '../checkpoint/protocol/recovery-plan.ts'
import { decideRestart, noRestarts, userErrorOf } from '../checkpoint/protocol/restart.ts'
import { SegmentVerification } from '../checkpoint/segment-verification.ts'
import type { Platform } from '../platform/platform.ts'
import { checksumOf } from '../state/segment/content-checksum.ts'
import { Attempt, type AttemptEnd } from './attempt.ts'
import { AttemptLife } from './attempt-life.ts'
import { waitAtMost } from './bounded-wait.ts'
import { CheckpointCompletion } from './checkpoints/checkpoint-completion.ts'
import { CheckpointLoop } from './checkpoints/checkpoint-loop.ts'
import { EventListeners } from './event-listeners.ts'
import { believedError } from './fence-errors.ts'
import { type RaisedFence, raiseFence } from './fence-raising.ts'
import type { JobEvents, JobOptions, JobResult, JobRun, JobStatus } from './job-run.ts'
import { type JobOutcome, type JobState, Lifecycle } from './lifecycle.ts'
import { type OpenStorage, type PreparedJob, prepareJob } from './prepared-job.ts'
import { planRestore, restoredEnumerators } from './checkpoints/restore-plan.ts'
import { lostIfLetGo, restartsExhausted, userErrorRecurs } from './restart-errors.ts'
import { RunProgress } from './run-progress.ts'
import { checkHistory, closeCommitters, createCommitters } from './connectors/sink-committers.ts'

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
  readonly #cancelled = Promise.withResolvers<RunEnd>()
  readonly #closing: Promise<void>[] = []
  #cancelRequested = false
  #stopRequested = false
  /** What turned out to be impossible and the operator's `acceptDuplicates` lets go of. */
  #givesUp: GivenUp | undefined
  #history = noRestarts
  #before: Generation | undefined
  #runningSinceMs: number | undefined
  /** Since when no tasks run; for the length of a recovery. */
  #downSinceMs: number
  #log: LogStore | undefined
  #life: AttemptLife | undefined
  #attempt: Attempt | undefined
  #attemptEnd: Promise<unknown> = Promise.resolve()
  #completion: CheckpointCompletion | undefined
  #endDelay: () => void = () => {}

  constructor(platform: Platform, options: JobOptions) {
    this.#platform = platform
    this.#options = options
    this.#events = new EventListeners(platform.log)
    this.#lifecycle = new Lifecycle((state) => this.#entered(state))
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
    if (this.#stopRequested) {
      this.cancel()
      return
    }
    this.#stopRequested = true
    this.#endDelay()
    if (this.#lifecycle.state === 'running') this.#stopTasks()
  }

  cancel(): void {
    if (this.#cancelRequested) return
    this.#cancelRequested = true
    const reason = new Error('The run was cancelled.')
    this.#log?.end(reason)
    this.#life?.end(reason)
    this.#attempt?.cancel()
    this.#endDelay()
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
    await this.#closed()
    if (outcome === 'fenced') this.#events.emit('fenced', { generation: this.#progress.generation })
    this.#lifecycle.enter(outcome)
    const { restarts, newestCheckpoint } = this.#progress
    return { outcome, error, restarts, lastCheckpoint: newestCheckpoint }
  }

  async #execute(): Promise<RunEnd> {
    const job = await prepareJob(this.#platform, this.#options)
    this.#progress.job = job.name
    this.#checkCancelled()
    if (job.storage !== undefined) {
      this.#log = new LogStore(job.storage.storage, this.#platform, job.name)
    }
    for (;;) {
      this.#lifecycle.enter('recovering')
      this.#progress.attemptBegins()
      const end = await this.#attemptOf(job)
      if (end.kind === 'again') continue
      if (end.kind !== 'failed') return end
      try {
        await this.#restartOrThrow(job, end.error)
      } catch (final) {
        throw await this.#believed(final)
      }
    }
  }

  async #believed(error: unknown): Promise<unknown> {
    if (this.#log === undefined || this.#before === undefined) return error
    return await believedError(error, this.#log, this.#before, this.#platform.log)
  }

  /** One attempt, its recovery included. What fails before the first fence stands is thrown. */
  async #attemptOf(job: PreparedJob): Promise<RecoveryEnd> {
    const { storage } = job
    const log = this.#log
    if (storage === undefined || log === undefined) return await this.#runUnprotected(job)
    const verification = new SegmentVerification(storage.storage, checksumOf)
    try {
      const raised = await this.#raiseFence(job, storage, log, verification)
      this.#checkCancelled()
      if (raised.kind === 'finished-before') {
        // Its last collection may have missed something, or a sleeper has written since.
        const finished = new FinishedEntry(raised.last)
        await collect(storage.storage, finished, this.#platform.log, () => !this.#cancelRequested)
        return this.#finishedBefore(raised.last.checkpoint)
      }
      this.#before = raised.fence.entry.generation
      this.#progress.generation = this.#before
      return await this.#recoverAndRun(job, storage, log, verification, raised)
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

  async #raiseFence(
    job: PreparedJob,
    { storage }: OpenStorage,
    log: LogStore,
    verification: SegmentVerification,
  ): Promise<RaisedFence> {
    const starts = this.#before === undefined
    const { from = 'latest', acceptDuplicates = false } = this.#options
    const committing = [...job.sinks].filter(([, sink]) => sink.createCommitter !== undefined)
    return await raiseFence(
      {
        platform: this.#platform,
        storage,
        log,
        verification,
        graph: job.graph,
        committingSinks: new Set(committing.map(([step]) => step)),
        warn: (message) => this.#warn(message),
      },
      {
        // The fence of this run recorded where it began: its restarts stay on that timeline.
        from: starts ? from : 'latest',
        acceptDuplicates,
        givesUp: this.#givesUp,
        before: this.#before,
      },
    )
  }

  async #recoverAndRun(
    job: PreparedJob,
    storage: OpenStorage,
    log: LogStore,
    verification: SegmentVerification,
    raised: StandingFence,
  ): Promise<RecoveryEnd> {
    const { logId, generation } = raised.fence.entry
    const life = new AttemptLife(this.#platform, generation, this.#options.onPhase)
    this.#life = life
    const metrics = this.#progress.coordinatorFigures
    const scope = { platform: this.#platform, job: job.name, logId, generation, metrics }
    const committers = await createCommitters(scope, job.sinks)
    try {
      const completion = this.#completionOf(job, storage, log, life, committers, raised)
      this.#completion = completion
      const { startOver = false } = this.#options
      // A sink may publish nothing beside a history that is not adopted yet.
      if (startOver) await checkHistory(committers, logId, true)
      if (!(await this.#commitOwed(completion, raised))) return { kind: 'again' }
      await checkHistory(committers, logId, startOver)
      life.check()
      await completion.sweep()
      life.check()
      if (raised.recovery.end === 'finished') {
        const { restore } = raised.recovery
        if (restore !== undefined)
          await collect(
            storage.storage,
            new FinishedEntry(restore),
            this.#platform.log,
            () => life.live,
          )
        return this.#finishedWith(raised)
      }
      if (this.#stopRequested) return { kind: 'stopped' }
      return await this.#runTasks(job, storage, life, verification, completion, raised)
    } finally {
      life.end(new Error('The attempt of the tasks is over.'))
      this.#closing.push(closeCommitters(this.#platform, committers))
    }
  }

  /** The last checkpoint stood already and now is committed: by this run, or for one before it. */
  #finishedWith({ recovery }: StandingFence): RunEnd {
    this.#progress.restoredFrom = recovery.restore?.checkpoint
    return { kind: this.#progress.attempt > 1 ? 'finished' : 'finished-before' }
  }

  /** False where a commit is impossible and the operator has agreed to let go of it. */
  async #commitOwed(
    completion: CheckpointCompletion,
    { fence, recovery: { newest, restore } }: StandingFence,
  ): Promise<boolean> {
    try {
      await completion.recover()
      return true
    } catch (error) {
      const { from = 'latest', acceptDuplicates = false } = this.#options
      const impossible = error instanceof SluiceError && error.code === 'COMMIT_IMPOSSIBLE'
      if (!impossible || from === 'latest' || !acceptDuplicates || newest === undefined) throw error
      // Its records are behind the sources then: nothing would write them again.
      if (restore === newest) throw lostIfLetGo(error, newest.checkpoint)
      // Of this entry alone: what a later one promises is not let go of with it.
      const { sink } = error.where
      const sinks = sink === undefined ? 'all' : [sink]
      const givesUp: GivenUp = { position: newest.position, sinks }
      if (fence.entry.givenUp.some((known) => sameGivenUp(known, givesUp))) throw error
      this.#givesUp = givesUp
      this.#warn(`${error.message} The operator lets go of it: --accept-duplicates.`)
      return false
    }
  }

  #completionOf(
    job: PreparedJob,
    { storage, settings }: OpenStorage,
    log: LogStore,
    life: AttemptLife,
    committers: ReadonlyMap<string, Committer>,
    { fence, below, recovery }: StandingFence,
  ): CheckpointCompletion {
    const idempotentSinks = [...job.sinks].flatMap(([step, sink]) =>
      sink.guarantee === 'exactly-once' && sink.createCommitter === undefined ? [step] : [],
    )
    return new CheckpointCompletion({
      platform: this.#platform,
      storage,
      log,
      life,
      events: this.#events,
      plan: job.plan,
      planHash: job.planHash,
      keep: settings.keep,
      committers,
      idempotentSinks,
      fence,
      below,
      recovery,
    })
  }

  async #runTasks(
    job: PreparedJob,
    storage: OpenStorage,
    life: AttemptLife,
    verification: SegmentVerification,
    completion: CheckpointCompletion,
    { fence, recovery }: StandingFence,
  ): Promise<AttemptEnd> {
    const { restore } = recovery
    this.#progress.restoredFrom = restore?.checkpoint
    const { logId, generation } = fence.entry
    const attempt = this.#newAttempt(job, life, {
      place: storage,
      logId,
      restore: restore === undefined ? [] : planRestore(restore, job.plan),
      enumerators: restore === undefined ? {} : restoredEnumerators(restore, job.plan),
    })
    const loop = new CheckpointLoop({
      platform: this.#platform,
      settings: storage.settings,
      life,
      generation,
      firstCheckpoint: recovery.nextCheckpoint,
      plan: job.plan,
      completion,
      verification,
      events: this.#events,
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
    if (this.#stopRequested) return { kind: 'stopped' }
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
    this.#runningSinceMs = nowMs
    this.#lifecycle.enter('running')
    const { attempt, generation, restoredFrom } = this.#progress
    const recoveryMs = nowMs - this.#downSinceMs
    this.#events.emit('running', { attempt, generation, restoredFrom, recoveryMs })
    if (this.#stopRequested) this.#platform.later(() => this.#stopTasks())
  }

  #stopTasks(): void {
    if (this.#lifecycle.state !== 'running') return
    this.#lifecycle.enter('stopping')
    this.#attempt?.stop()
  }

  /**
   * Waits for the next attempt, or throws what ends the run. Without checkpoints nothing is started
   * again: from the beginning, all of it would be written again.
   */
  async #restartOrThrow(job: PreparedJob, error: SluiceError): Promise<void> {
    const nowMs = this.#platform.clock.monotonic()
    this.#downSinceMs = nowMs
    this.#progress.lastError = error
    if (job.storage === undefined || error.retry === 'never' || error.retry === 'fence') throw error
    const { restart } = job.settings
    const decision = decideRestart(restart, this.#history, {
      error,
      completedCheckpoints: this.#progress.completedCheckpoints,
      nowMs,
      runningSinceMs: this.#runningSinceMs,
      random: this.#platform.random.fraction(),
    })
    this.#runningSinceMs = undefined
    if (decision.kind === 'give-up') {
      if (decision.reason === 'strategy-none') throw error
      if (decision.reason === 'attempts-exhausted') {
        throw restartsExhausted(this.#progress.restarts, error)
      }
      throw userErrorRecurs(userErrorOf(error) ?? error, this.#progress.newestCheckpoint)
    }
    this.#history = decision.history
    this.#progress.restarts += 1
    this.#lifecycle.enter('restarting')
    this.#platform.log.warn(`The tasks are started again: ${error.message}`, {
      code: error.code,
      delayMs: decision.delayMs,
    })
    const { delayMs } = decision
    this.#events.emit('restarting', { error, delayMs, restarts: this.#progress.restarts })
    if (delayMs > 0 && !this.#stopRequested) await this.#delay(delayMs)
    this.#checkCancelled()
  }

  async #delay(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#platform.timers.after(delayMs, resolve)
      this.#endDelay = () => {
        cancel()
        resolve()
      }
    })
    this.#endDelay = () => {}
  }

  /** Waits for the committers of all attempts, though not for ever. */
  async #closed(): Promise<void> {
    await waitAtMost(this.#platform.timers, closeWithinMs, Promise.all(this.#closing))
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
