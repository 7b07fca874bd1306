// One attempt of the tasks, from the start of its workers to their end: routes what workers,
// enumerators and the checkpoint loop say to each other. It ends once, for one reason, and from
// then on nothing that still comes in changes anything.

import { SluiceError } from '@sluice/core/internal'
import type { MetricRegistry } from '../metrics/metric-registry.ts'
import type { StepMetricsTable } from '../metrics/step-metrics-table.ts'
import type { Platform } from '../platform/platform.ts'
import type { TaskRestore } from '../worker/messages.ts'
import { clearStateFolder } from '../worker/state-folder.ts'
import type { AttemptLife } from './attempt-life.ts'
import { waitAtMost } from './bounded-wait.ts'
import { subtaskName, subtasksOf } from './checkpoints/checkpoint-assembly.ts'
import type { CheckpointLoop } from './checkpoints/checkpoint-loop.ts'
import type { EventListeners } from './event-listeners.ts'
import type { PreparedJob } from './prepared-job.ts'
import { SourceAlignment } from './connectors/source-alignment.ts'
import { SourceEnumerators } from './connectors/source-enumerators.ts'
import { type WorkerNews, WorkerSet } from './workers/worker-set.ts'
import { type CommonStart, workerOf, workerStarts } from './workers/worker-starts.ts'

/** How an attempt ended. A `failed` one may be followed by another. */
export type AttemptEnd =
  | { readonly kind: 'finished' | 'stopped' | 'cancelled' }
  | { readonly kind: 'failed'; readonly error: SluiceError }

export interface AttemptOptions {
  readonly platform: Platform
  readonly job: PreparedJob
  readonly life: AttemptLife
  readonly events: EventListeners
  readonly start: CommonStart
  readonly restore: readonly TaskRestore[]
  readonly enumerators: Readonly<Record<string, unknown>>
  readonly figures: StepMetricsTable
  readonly coordinatorFigures: MetricRegistry
  readonly total: (step: string, total: number) => void
  /** All subtasks have processed their input; what is left is the last checkpoint. */
  readonly finishing: () => void
  readonly running: () => void
}

/** How long enumerators may take to close, and folders for state to go. */
const closeWithinMs = 10_000

export class Attempt {
  readonly #options: AttemptOptions
  readonly #workers: WorkerSet
  readonly #enumerators: SourceEnumerators
  readonly #alignment: SourceAlignment
  readonly #unready = new Set<number>()
  readonly #unfinished: Set<string>
  readonly #ready = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<AttemptEnd>()
  #loop: CheckpointLoop | undefined
  #over = false

  constructor(options: AttemptOptions) {
    this.#options = options
    const { platform, job, coordinatorFigures } = options
    this.#unfinished = new Set(subtasksOf(job.plan))
    this.#workers = new WorkerSet(platform, {
      message: (worker, message) => this.#guarded(() => this.#receive(worker, message)),
      died: (_, error) => this.fail(error),
    })
    this.#enumerators = new SourceEnumerators(platform, job.name, coordinatorFigures, {
      toSubtask: (subtask, message) => this.#workers.post(workerOf(job.plan, subtask), message),
      toAll: (message) => this.#workers.postToAll(message),
      total: (step, total) => options.total(step, total),
      failed: (error) => this.fail(error),
    })
    this.#alignment = new SourceAlignment(job.graph.steps, (message) =>
      this.#workers.postToAll(message),
    )
  }

  /** What the checkpoint loop needs of the attempt. */
  get snapshotEnumerators(): () => Record<string, unknown> {
    return () => this.#enumerators.snapshot()
  }

  get workers(): WorkerSet {
    return this.#workers
  }

  /** Runs until it ends; `loop` is undefined where checkpoints are off. Never rejects. */
  async run(loop: CheckpointLoop | undefined): Promise<AttemptEnd> {
    this.#loop = loop
    this.#open().catch((error) => {
      this.fail(SluiceError.from(error, 'WORKER_DIED', 'The tasks could not be started'))
    })
    return await this.#ended.promise
  }

  /** The checkpoint that ends the run is committed, or there is none to wait for. */
  end(kind: 'finished' | 'stopped'): void {
    if (this.#over) return
    this.#over = true
    this.#options.life.end(attemptOver())
    this.#loop?.end('cancelled')
    this.#endWith({ kind }, () => this.#workers.close())
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#options.life.end(attemptOver())
    this.#loop?.end('cancelled')
    this.#endWith({ kind: 'cancelled' }, () => this.#endWorkers())
  }

  fail(error: SluiceError): void {
    if (this.#over) return
    this.#over = true
    this.#options.life.end(attemptOver())
    this.#loop?.end(error.code === 'FENCED' ? 'fenced' : 'task-failed')
    this.#endWith({ kind: 'failed', error }, () => this.#endWorkers())
  }

  /** The sources end; what is left is to process what they have sent. */
  drain(): void {
    this.#guarded(() => {
      this.#loop?.drain()
      this.#workers.postToAll({ type: 'drain' })
    })
  }

  stop(): void {
    this.#guarded(() => {
      if (this.#loop === undefined) this.end('stopped')
      else this.#loop.requestStop()
    })
  }

  async #open(): Promise<void> {
    const { job, start, restore, enumerators, life } = this.#options
    const starts = workerStarts(job.plan, start, restore)
    for (const { index } of starts) this.#unready.add(index)
    this.#workers.start(starts, job.name, job.settings.memoryPerWorkerBytes)
    // What enumerators assign meanwhile waits in the workers until they are ready.
    await Promise.all([this.#ready.promise, this.#enumerators.start(job.sources, enumerators)])
    life.check()
    this.#workers.postToAll({ type: 'run' })
    this.#options.running()
    this.#loop?.start()
  }

  #receive(worker: number, message: WorkerNews): void {
    switch (message.type) {
      case 'ready':
        if (message.planHash !== this.#options.job.planHash) throw differentPlan(worker)
        this.#unready.delete(worker)
        if (this.#unready.size === 0) this.#ready.resolve()
        break
      case 'request-split':
        this.#enumerators.request(message.step, message.subtask)
        break
      case 'aligns':
        this.#alignment.report(message.step, message.subtask, message.watermark)
        break
      case 'request-checkpoint':
        this.#loop?.requestNow()
        break
      case 'acknowledge':
        this.#loop?.acknowledge(message)
        break
      case 'decline':
        this.#loop?.decline(message)
        break
      case 'finished':
        this.#finished(subtaskName(message.chain, message.subtask))
        break
      case 'failed':
        this.fail(SluiceError.fromWire(message.error))
        break
      case 'metrics':
        this.#options.figures.update(message.steps)
        this.#options.events.emit('metrics', { steps: this.#options.figures.totals() })
        break
      case 'output':
        this.#options.platform.output(message.line)
        this.#options.events.emit('output', { line: message.line })
        break
    }
  }

  #finished(subtask: string): void {
    if (!this.#unfinished.delete(subtask) || this.#unfinished.size > 0) return
    this.#options.finishing()
    if (this.#loop === undefined) this.end('finished')
    else this.#loop.tasksFinished()
  }

  #guarded(call: () => void): void {
    if (this.#over) return
    try {
      call()
    } catch (error) {
      this.fail(SluiceError.from(error, 'INVARIANT_BROKEN', 'The coordinator failed'))
    }
  }

  /** At once; what they would have cleared away is cleared for them. */
  async #endWorkers(): Promise<void> {
    const { platform, job, start } = this.#options
    await this.#workers.terminate()
    const cleared = clearStateFolder(platform, job.name, start)
    await waitAtMost(platform.timers, closeWithinMs, cleared)
  }

  /** Tells the end only when no worker of the attempt runs any more. */
  #endWith(end: AttemptEnd, endWorkers: () => Promise<void>): void {
    const { platform } = this.#options
    const closed = waitAtMost(platform.timers, closeWithinMs, this.#enumerators.close())
    Promise.all([endWorkers(), closed])
      .catch((error) => {
        platform.log.error('The workers could not be ended.', { error: String(error) })
      })
      .finally(() => this.#ended.resolve(end))
  }
}

function attemptOver(): Error {
  return new Error('The attempt of the tasks is over.')
}

function differentPlan(worker: number): SluiceError {
  return new SluiceError(
    'JOB_NOT_DETERMINISTIC',
    `Worker ${worker} built another graph than the coordinator.`,
    { hint: 'Build the graph from the parameters alone.' },
  )
}
