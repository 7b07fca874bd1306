// The loop of a worker: runs its tasks in turn for about a millisecond, then writes on snapshots
// for as long at most, then gives the event loop a turn; sleeps on the doorbell when no task has
// anything to do.

import { type ErrorPlace, SluiceError } from '@sluice/core/internal'
import type { StepMetrics } from '../metrics/step-metrics.ts'
import type { SharedDoorbell } from '../network/ring/doorbell.ts'
import type { Platform } from '../platform/platform.ts'
import type { RunOutcome, Task } from '../task/task.ts'

/** Work between two turns of the event loop. */
const SLICE_MS = 1
/** Open batches of a busy task are sent on after this long. */
const FLUSH_AFTER_MS = 4

/** What the loop asks of a task. */
export type LoopTask = Pick<
  Task,
  'subtask' | 'run' | 'advanceSnapshots' | 'flushOutputs' | 'nextTimerMs' | 'awaitInput'
>

interface TaskTimes {
  readonly spentMs: Record<RunOutcome, number>
  lastEndMs: number
  lastOutcome: RunOutcome
  awaitsInput: boolean
}

export class WorkerLoop {
  readonly #platform: Platform
  readonly #doorbell: SharedDoorbell
  readonly #tasks: readonly LoopTask[]
  readonly #fail: (error: unknown) => void
  readonly #times = new Map<LoopTask, TaskTimes>()
  #running = false
  #scheduled = false
  #listens = false
  #flushedMs = 0
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined

  constructor(
    platform: Platform,
    doorbell: SharedDoorbell,
    tasks: readonly LoopTask[],
    fail: (error: unknown) => void,
  ) {
    this.#platform = platform
    this.#doorbell = doorbell
    this.#tasks = tasks
    this.#fail = fail
  }

  start(): void {
    this.#running = true
    this.wake()
  }

  stop(): void {
    this.#running = false
    this.#timer?.cancel()
  }

  wake(): void {
    if (!this.#running || this.#scheduled) return
    this.#scheduled = true
    this.#platform.later(() => this.#turn())
  }

  /** Adds how a task spent its time to the figures of its head step. */
  withTimes(task: LoopTask, metrics: StepMetrics[]): StepMetrics[] {
    const { spentMs } = this.#timesOf(task)
    return metrics.map((step) => ({
      ...step,
      busyMs: spentMs.worked,
      backpressuredMs: spentMs.blocked,
      idleMs: spentMs.idle,
    }))
  }

  #turn(): void {
    this.#scheduled = false
    if (!this.#running) return
    // Looked at before the work: what rings from here on is not missed by the sleep below.
    const seen = this.#doorbell.current()
    const { clock } = this.#platform
    const started = clock.monotonic()
    let worked = true
    while (worked && clock.monotonic() - started < SLICE_MS) {
      worked = this.#round()
      if (!this.#running) return
    }
    const now = clock.monotonic()
    if (!worked || now - this.#flushedMs >= FLUSH_AFTER_MS) {
      this.#flushedMs = now
      for (const task of this.#tasks) if (this.#flush(task)) worked = true
    }
    if (!this.#running) return
    if (this.#advanceSnapshots()) worked = true
    if (!this.#running) return
    if (worked) this.wake()
    else this.#sleep(seen)
  }

  /** Closing a batch encodes it: a record that cannot be encoded may show only here. */
  #flush(task: LoopTask): boolean {
    try {
      return task.flushOutputs()
    } catch (error) {
      this.#fail(withPlace(error, { subtask: task.subtask }))
      return false
    }
  }

  #round(): boolean {
    let worked = false
    for (const task of this.#tasks) {
      const times = this.#timesOf(task)
      let outcome: RunOutcome
      try {
        outcome = task.run()
      } catch (error) {
        this.#fail(withPlace(error, { subtask: task.subtask }))
        return false
      }
      this.#spent(times, outcome)
      times.lastOutcome = outcome
      if (outcome === 'worked') worked = true
    }
    return worked
  }

  #spent(times: TaskTimes, outcome: RunOutcome): void {
    const end = this.#platform.clock.monotonic()
    times.spentMs[outcome] += end - times.lastEndMs
    times.lastEndMs = end
  }

  /**
   * One slice in each turn, for all tasks together: half of the time at most, as long as there are
   * records. With a slice before each piece of work, most pieces being short, the slices were nine
   * tenths of it, and a task was without records until enough rounds had filled a batch. True while
   * there is more to write.
   */
  #advanceSnapshots(): boolean {
    for (const task of this.#tasks) {
      try {
        if (!task.advanceSnapshots()) continue
      } catch (error) {
        this.#fail(withPlace(error, { subtask: task.subtask }))
        return false
      }
      this.#spent(this.#timesOf(task), 'worked')
      return true
    }
    return false
  }

  #sleep(seen: number): void {
    for (const task of this.#tasks) this.#awaitInput(task)
    this.#setTimer()
    if (this.#listens) return
    this.#listens = true
    this.#doorbell.sleep(seen, this.#platform, () => {
      this.#listens = false
      this.wake()
    })
  }

  #awaitInput(task: LoopTask): void {
    const times = this.#timesOf(task)
    if (times.awaitsInput || times.lastOutcome === 'blocked') return
    const ready = task.awaitInput()
    if (ready === undefined) return
    times.awaitsInput = true
    ready.then(() => {
      times.awaitsInput = false
      this.wake()
    }, this.#fail)
  }

  #setTimer(): void {
    const { clock, timers } = this.#platform
    const atMs = Math.min(...this.#tasks.map((task) => task.nextTimerMs()))
    if (this.#timer?.atMs === atMs || atMs === Number.POSITIVE_INFINITY) return
    this.#timer?.cancel()
    const cancel = timers.after(Math.max(0, atMs - clock.now()), () => {
      this.#timer = undefined
      this.wake()
    })
    this.#timer = { atMs, cancel }
  }

  #timesOf(task: LoopTask): TaskTimes {
    let times = this.#times.get(task)
    if (times === undefined) {
      times = {
        spentMs: { worked: 0, blocked: 0, idle: 0 },
        lastEndMs: this.#platform.clock.monotonic(),
        lastOutcome: 'idle',
        awaitsInput: false,
      }
      this.#times.set(task, times)
    }
    return times
  }
}

function withPlace(error: unknown, where: ErrorPlace): unknown {
  return error instanceof SluiceError ? error.at(where) : error
}
