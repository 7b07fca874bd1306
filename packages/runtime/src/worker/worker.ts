// A worker: the tasks of one thread and the loop that runs them. It imports the job module itself,
// builds the same plan as the coordinator, restores its tasks, and then runs them in turn: a
// millisecond of work, then a turn of the event loop; asleep on its doorbell when there is nothing
// to do.

import { type BuiltJob, SluiceError } from '@sluice/core/internal'
import { tellWhileSlow } from '../checkpoint/slow-call.ts'
import { physicalPlanHash, planJob } from '../plan/planner.ts'
import type { PhysicalPlan } from '../plan/physical-plan.ts'
import type { Platform, Port } from '../platform/platform.ts'
import { createStorage } from '../storage/create-storage.ts'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { closeAll } from '../task/close-all.ts'
import { Task } from '../task/task.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'
import { NamedMetrics } from '../task/task-metrics.ts'
import { loadJob } from './job-registry.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { segmentNaming } from './segment-naming.ts'
import { WorkerChannels } from './worker-channels.ts'
import { WorkerState } from './worker-state.ts'
import { WorkerLoop } from './worker-loop.ts'

/** Runs a worker over its port until it is closed or fails. */
export function runWorker(platform: Platform, port: Port, data: unknown): void {
  const worker = new TaskWorker(platform, port, data as WorkerStart)
  port.onMessage((message) => worker.receive(message as ToWorker))
  worker.open().catch((error) => worker.fail(error))
}

class TaskWorker {
  readonly #platform: Platform
  readonly #port: Port
  readonly #start: WorkerStart
  readonly #metrics = new NamedMetrics()
  readonly #tasks: Task[] = []
  #loop: WorkerLoop | undefined
  #state: WorkerState | undefined
  /** Messages that came while the tasks were still opening. */
  #early: ToWorker[] | undefined = []
  #failed = false
  #cancelReports: (() => void) | undefined

  constructor(platform: Platform, port: Port, start: WorkerStart) {
    this.#platform = platform
    this.#port = port
    this.#start = start
  }

  async open(): Promise<void> {
    const start = this.#start
    const job = await loadJob(start.origin, start.parameters)
    const plan = planJob(job.graph, { parallelism: start.parallelism })
    const planHash = physicalPlanHash(job.graph, plan)
    if (planHash !== start.planHash) throw differentPlan()
    const storage = await this.#openStorage()
    const state = new WorkerState(this.#platform, plan, start)
    this.#state = state
    await state.sweep()
    const channels = new WorkerChannels(start)
    const loop = new WorkerLoop(this.#platform, channels.doorbell, this.#tasks, (error) =>
      this.fail(error),
    )
    this.#loop = loop
    for (const chain of plan.chains) {
      // Subtasks with equal numbers share a worker.
      for (let subtask = start.index; subtask < chain.parallelism; subtask += start.workers) {
        const task = this.#createTask(job, plan, chain.id, subtask, storage, state, channels, loop)
        this.#tasks.push(task)
        await this.#opened(task)
      }
    }
    this.#post({ type: 'ready', planHash })
    const early = this.#early ?? []
    this.#early = undefined
    for (const message of early) this.#handle(message)
  }

  receive(message: ToWorker): void {
    if (this.#failed) return
    if (this.#early !== undefined && message.type !== 'close') {
      this.#early.push(message)
      return
    }
    try {
      this.#handle(message)
    } catch (error) {
      this.fail(error)
    }
  }

  fail(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#end()
    const reason = SluiceError.from(error, 'WORKER_DIED', `Worker ${this.#start.index} failed`)
    this.#port.post({ type: 'failed', error: reason.toWire() } satisfies FromWorker)
  }

  /** Restores and connects; a connector that does not answer is named. */
  async #opened(task: Task): Promise<void> {
    const platform = this.#platform
    const { chain, subtask } = task
    const tell = (waitedMs: number): void => {
      platform.log.warn(
        `Subtask ${subtask} of '${chain.name}' has not opened for ${waitedMs / 1000} s: ` +
          'a connector does not answer, or much state is restored.',
        { steps: chain.steps.map((step) => step.id), subtask },
      )
    }
    await tellWhileSlow(platform.timers, tell, () => task.open())
  }

  #handle(message: ToWorker): void {
    switch (message.type) {
      case 'run':
        for (const task of this.#tasks) task.start()
        this.#loop?.start()
        this.#report()
        break
      case 'assign':
        this.#source(message).addSplits(message.splits as readonly { readonly id: string }[])
        break
      case 'no-more-splits':
        this.#source(message).noMoreSplits()
        break
      case 'pending':
        for (const task of this.#tasks) {
          if (task.chain.steps[0]?.id === message.step) task.setPending(message.pending)
        }
        break
      case 'align':
        for (const task of this.#tasks) {
          if (task.chain.steps[0]?.id === message.step) task.align(message.lowest)
        }
        break
      case 'trigger':
        for (const task of this.#tasks) {
          if (task.chain.inputs.length === 0) task.trigger(message.checkpoint, message.stop)
        }
        break
      case 'completed':
        for (const task of this.#tasks) task.checkpointCompleted(message.checkpoint)
        break
      case 'abandoned':
        for (const task of this.#tasks) task.checkpointAbandoned(message.checkpoint)
        break
      case 'drain':
        for (const task of this.#tasks) task.drain()
        break
      case 'resume':
        for (const task of this.#tasks) task.resume()
        break
      case 'close':
        this.#close()
        break
    }
    this.#loop?.wake()
  }

  #close(): void {
    this.#end()
    const tasksClosed = closeAll(this.#tasks.map((task) => () => task.close()))
    const closed = tasksClosed.then(() => this.#state?.close())
    closed.then(
      () => this.#port.post({ type: 'closed' } satisfies FromWorker),
      (error) => this.fail(error),
    )
  }

  #end(): void {
    this.#loop?.stop()
    this.#cancelReports?.()
  }

  #source(message: { readonly step: string; readonly subtask: number }): Task {
    const task = this.#tasks.find(
      ({ chain, subtask }) => chain.steps[0]?.id === message.step && subtask === message.subtask,
    )
    if (task === undefined) {
      throw new RangeError(`Worker ${this.#start.index} has no source '${message.step}'.`)
    }
    return task
  }

  /** Figures for the coordinator; also turns an idle loop, so that silent splits are noticed. */
  #report(): void {
    this.#postMetrics()
    this.#loop?.wake()
    this.#cancelReports = this.#platform.timers.after(this.#start.metricsEveryMs, () =>
      this.#report(),
    )
  }

  #postMetrics(): void {
    const steps = this.#tasks.flatMap((task) => this.#loop?.withTimes(task, task.metrics()) ?? [])
    this.#post({ type: 'metrics', steps })
  }

  #post(message: FromWorker): void {
    if (this.#failed) return
    // The last figures of a task must not be missed: a short job ends before its first report.
    if (message.type === 'finished') this.#postMetrics()
    this.#port.post(message)
  }

  async #openStorage(): Promise<CheckpointStorage | undefined> {
    if (this.#start.storage === undefined) return undefined
    return createStorage(this.#platform, this.#start.storage)
  }

  #createTask(
    job: BuiltJob,
    plan: PhysicalPlan,
    chain: number,
    subtask: number,
    storage: CheckpointStorage | undefined,
    state: WorkerState,
    channels: WorkerChannels,
    loop: WorkerLoop,
  ): Task {
    const start = this.#start
    const environment: TaskEnvironment = {
      platform: this.#platform,
      job,
      plan,
      logId: start.logId,
      generation: start.generation,
      mode: start.mode,
      freezes: start.freezes,
      restore: start.restore.find((each) => each.chain === chain && each.subtask === subtask),
      openBackend: (step, of) => state.open(step, of),
      readSegment: (name) => requireStorage(storage).readSegment(name),
      segments:
        storage === undefined
          ? undefined
          : { write: (name, chunks) => storage.writeSegment(name, chunks) },
      naming: (checkpoint) => segmentNaming(start, checkpoint),
      sender: (exchange, to) => channels.sender({ exchange, from: subtask, to }),
      receiver: (exchange, from) => channels.receiver({ exchange, from, to: subtask }),
      post: (message) => this.#post(message),
      wake: () => loop.wake(),
      fail: (error) => this.fail(error),
      namedMetrics: this.#metrics,
    }
    const planned = plan.chains[chain]
    if (planned === undefined) throw new RangeError(`The plan has no chain ${chain}.`)
    return new Task(planned, subtask, environment)
  }
}

function requireStorage(storage: CheckpointStorage | undefined): CheckpointStorage {
  if (storage === undefined) throw new RangeError('A restore needs the checkpoint storage.')
  return storage
}

function differentPlan(): SluiceError {
  return new SluiceError(
    'JOB_NOT_DETERMINISTIC',
    'The job module built another graph in a worker than in the coordinator.',
    {
      hint:
        'Build the graph from the parameters alone: no clock, randomness, or environment ' +
        'variables inside `graph`. If the file was changed meanwhile, start the job again.',
    },
  )
}
