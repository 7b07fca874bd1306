// One history of the job from its first start to its end: a safety phase, in which processes run,
// die, sleep and are started again while faults strike, and a liveness phase without faults, in
// which the job must come to its end; then everybody must find out that it is over.

import type { SluiceError } from '@sluice/core'
import {
  type JobOptions,
  type JobResult,
  type JobRun,
  type Phase,
  type PhaseDetail,
  runJob,
} from '@sluice/runtime'
import type { SimulatedProcess, SimulatedWorld } from '@sluice/testing/simulator'
import type { LogHistory } from '../checks/log-history.ts'
import type { SavepointWatch } from '../checks/savepoint-watch.ts'
import { Director } from '../faults/director.ts'
import type { Disaster } from '../faults/disaster.ts'
import type { Activity, Moment, PhaseOrStart } from '../faults/moment.ts'
import { canStrike, strike } from '../faults/strike.ts'
import type { JobShape } from '../job/shape.ts'
import type { Order } from '../scenario/order.ts'
import { Operator, type Ordered } from './operator.ts'
import { isPermitted } from './permitted-failures.ts'

const longestSafetyMs = 15_000
const longestLivenessMs = 120_000
const mostEventsOfLiveness = 150_000
const longestQuietMs = 60_000
const mostStarts = 60

/** A process of the run, and the job in it. */
interface Running extends Ordered {
  job: JobRun | undefined
  /** Of its newest fence. */
  generation: number
  result: JobResult | undefined
  /** Its last checkpoint was noted at this time, in the attempt that wrote it. */
  notedAtMs: number | undefined
  wrote: number | undefined
}

/**
 * What went before a start: a stop with this savepoint, or the refusal of a start with one after
 * which somebody else went on.
 */
export type Before = Ordered['stoppedWith'] | 'overtaken'

export interface SupervisedOptions {
  readonly world: SimulatedWorld
  /** Of its processes. */
  readonly name: string
  readonly mounts?: Readonly<Record<string, string>>
  readonly shape: Pick<JobShape, 'freezes' | 'metricsEveryMs'>
  readonly history: LogHistory
  readonly savepoints: SavepointWatch
  readonly disasters: readonly Disaster[]
  readonly orders: readonly Order[]
  /** Checkpoints that must be complete before the faults end. */
  readonly checkpoints: number
  /** What the next start is told. */
  readonly start: (number: number, before: Before) => JobOptions
  readonly report: (violation: string) => void
  readonly happened: (feature: string) => void
}

export class SupervisedRun {
  readonly operator: Operator
  readonly #options: SupervisedOptions
  readonly #director: Director<Disaster>
  readonly #orders: Director<Order>
  readonly #started: Running[] = []
  #current: Running | undefined
  #startScheduled = false
  /** Runs that failed one after the other. */
  #failures = 0
  #phase: PhaseOrStart = 'starting'
  #generation = 0
  /** The present process was told to begin with a savepoint, and reads nothing yet. */
  #beginsFromSavepoint = false
  /**
   * Whether the savepoint of the last stop was begun with. Who slept through the stop may go on
   * before that: then a start with it is refused, as it would write again what that one wrote.
   */
  #stop: 'unused' | 'used' | 'overtaken' = 'used'
  /** The newest start was refused for that. */
  #refused = false
  #finished = false
  /** When the run that finished the job began its last sweep; undefined: nobody could. */
  #sweptAtMs: number | undefined
  #safe = true

  constructor(options: SupervisedOptions) {
    const { world, savepoints, report, happened } = options
    this.#options = options
    this.#director = new Director(world, options.disasters, (each) => this.#strike(each))
    this.#orders = new Director(world, options.orders, (each) => this.#give(each))
    const isNewest = (ordered: Ordered) => ordered === this.#started.at(-1)
    this.operator = new Operator({ world, savepoints, report, happened, isNewest })
  }

  get phase(): PhaseOrStart {
    return this.#phase
  }

  /** What goes on beside the phases of a checkpoint. */
  get during(): readonly Activity[] {
    return [
      ...(this.#options.savepoints.isWritten(this.#generation) ? (['copying'] as const) : []),
      ...(this.#beginsFromSavepoint ? (['beginning'] as const) : []),
    ]
  }

  get generation(): number {
    return this.#generation
  }

  get finished(): boolean {
    return this.#finished
  }

  get sweptAtMs(): number {
    return this.#sweptAtMs ?? Number.NEGATIVE_INFINITY
  }

  get processes(): readonly SimulatedProcess[] {
    return this.#started.map(({ process }) => process)
  }

  /** A line of the event log. */
  heard(line: string): void {
    this.#director.line(line)
    this.#orders.line(line)
  }

  async run(): Promise<void> {
    await this.#safety()
    await this.#liveness()
    await this.#quiet()
  }

  async #safety(): Promise<void> {
    const { world, history, checkpoints } = this.#options
    this.#director.start()
    this.#orders.start()
    this.#start()
    const untilMs = world.nowMs + longestSafetyMs
    const enough = () =>
      this.#director.isDone && this.#orders.isDone && history.completed >= checkpoints
    await world.run({ until: () => this.#finished || enough(), untilMs })
  }

  async #liveness(): Promise<void> {
    const { world, report } = this.#options
    this.#safe = false
    this.#director.stop()
    this.#orders.stop()
    world.faults.stop()
    world.disk.full = false
    world.note('faults are over')
    for (const process of world.processes) {
      if (process.exit !== undefined) continue
      for (const worker of process.workers) worker.resume()
      if (process.paused) process.resume()
    }
    if (this.#current === undefined && !this.#finished) this.#startAfter(0)
    const untilMs = world.nowMs + longestLivenessMs
    const maxEvents = mostEventsOfLiveness
    const end = await world.run({ until: () => this.#finished, untilMs, maxEvents })
    if (!this.#finished) report(`the job does not finish when faults are over (${end})`)
  }

  /** Whoever still runs finds out that it is over; a further run finds nothing to do. */
  async #quiet(): Promise<void> {
    const { world, report } = this.#options
    const ended = () => world.processes.every(({ exit }) => exit !== undefined)
    await world.run({ until: ended, untilMs: world.nowMs + longestQuietMs })
    for (const process of world.processes) {
      if (process.exit === undefined) report(`process ${process.name} does not end`)
    }
    if (!this.#finished) return
    const last = this.#start()
    await world.run({ until: ended, untilMs: world.nowMs + longestQuietMs })
    const outcome = last.result?.outcome
    if (outcome !== 'finished-before') {
      report(`a run of the finished job ended as ${outcome ?? 'nothing'}`)
    }
  }

  #start(): Running {
    const { world, name, mounts, shape } = this.#options
    const number = this.#started.length
    const before = this.#started.at(-1)
    const options = this.#options.start(number, this.#wentBefore(before))
    const process = world.startProcess(`${name}${number}`, mounts)
    const running: Running = {
      process,
      job: undefined,
      generation: 0,
      result: undefined,
      notedAtMs: undefined,
      wrote: undefined,
    }
    this.#started.push(running)
    this.#current = running
    this.#phase = 'starting'
    this.#beginsFromSavepoint = typeof options.from === 'object'
    process.run(async (platform) => {
      const { freezes, metricsEveryMs } = shape
      const onPhase = (phase: Phase, detail: PhaseDetail) => this.#entered(running, phase, detail)
      const job = runJob(platform, { ...options, freezes, metricsEveryMs, onPhase })
      running.job = job
      this.#follow(running, job)
      running.result = await job.done
      this.#ended(running, running.result)
    })
    return running
  }

  #wentBefore(before: Running | undefined): Before {
    if (this.#refused) return 'overtaken'
    if (this.#finished || before?.result?.outcome !== 'stopped') return undefined
    return before.stoppedWith
  }

  #follow(running: Running, job: JobRun): void {
    const { world, report, happened } = this.#options
    job.on('restarting', ({ error }) => {
      world.note(`${running.process.name} restarts: ${error.code} ${error.message}`)
      if (running === this.#current) this.#phase = 'starting'
      if (!this.#isExcused(running, error)) {
        report(`a restart because of ${error.code}: ${error.message}`)
      }
    })
    job.on('warning', ({ message }) => {
      if (message.includes('began from savepoint')) happened('the same words begin again')
    })
  }

  #startAfter(delayMs: number): void {
    const { world, report } = this.#options
    if (this.#startScheduled) return
    this.#startScheduled = true
    world.schedule(delayMs, 'a supervisor starts the next process', () => {
      this.#startScheduled = false
      if (this.#current !== undefined || this.#finished) return
      if (this.#started.length < mostStarts) this.#start()
      else report(`the job was started ${mostStarts} times`)
    })
  }

  #ended(running: Running, { outcome, error }: JobResult): void {
    const { world, report, happened } = this.#options
    world.note(
      `${running.process.name} ends as ${outcome} ${error?.code ?? ''} ${error?.message ?? ''}`,
    )
    if (outcome === 'finished' || outcome === 'finished-before') this.#finished = true
    // What fails while faults strike is left for the next sweep, and there may be none.
    if (outcome === 'finished' && this.#phase === 'noted' && !this.#safe) {
      this.#sweptAtMs = running.notedAtMs
    }
    this.#refused = this.#stop === 'overtaken' && error?.code === 'USAGE'
    if (this.#refused) happened('a savepoint that was overtaken is refused')
    if (outcome === 'stopped' && running === this.#started.at(-1)) this.#stop = 'unused'
    if (
      outcome === 'failed' &&
      !this.#refused &&
      !(error !== undefined && this.#isExcused(running, error))
    ) {
      report(`a run failed: ${error?.code} ${error?.message}`)
    }
    if (running !== this.#current) return
    this.#current = undefined
    this.#failures = outcome === 'failed' ? this.#failures + 1 : 0
    if (!this.#finished) this.#startAfter(Math.min(20 * 2 ** this.#failures, 1000))
  }

  #entered(running: Running, phase: Phase, { generation, checkpoint = 0 }: PhaseDetail): void {
    const { world, history } = this.#options
    this.#generation = Math.max(this.#generation, generation)
    running.generation = generation
    if (phase === 'recovering') {
      history.believedFence(generation)
      const isNewest = running === this.#started.at(-1)
      if (this.#stop === 'unused') this.#stop = isNewest ? 'used' : 'overtaken'
    }
    if (phase === 'after-manifest') {
      history.believedCheckpoint(generation, checkpoint)
      running.wrote = generation
    }
    // Who only commits what stood already does not collect: that is left to the next checkpoint.
    if (phase === 'noted') {
      running.notedAtMs = running.wrote === generation ? world.nowMs : undefined
    }
    world.note(`${running.process.name} is at ${phase}`)
    if (running !== this.#current) return
    this.#phase = phase
    if (phase === 'reading') this.#beginsFromSavepoint = false
    this.#director.phase(phase)
    this.#orders.phase(phase)
  }

  #isExcused(running: Running, error: SluiceError): boolean {
    // The store of a run that was taken for dead is removed by the next one, and what older code
    // finds in the log when it wakes up may bear names that it does not know. Who was started first
    // may wake up and raise the later fence.
    const isOvertaken = running !== this.#started.at(-1) || running.generation < this.#generation
    const ofTheOvertaken = ['STATE_STORE_FAILED', 'CHECKPOINT_INCOMPATIBLE']
    return (
      (isOvertaken && ofTheOvertaken.includes(error.code)) ||
      isPermitted(error, this.#options.world.faults)
    )
  }

  #strike(disaster: Disaster): 'struck' | 'not-now' {
    const { world, history, savepoints } = this.#options
    const running = this.#current
    if (running === undefined) return 'not-now'
    const victim = {
      world,
      process: running.process,
      job: running.job,
      gone: () => {
        if (running !== this.#current) return
        this.#current = undefined
        this.#startAfter(disaster.restartAfterMs)
      },
      crashed: () => {
        history.crashed()
        savepoints.crashed()
      },
      at: (moment: Moment, call: () => void) => this.#director.at(moment, call),
    }
    if (!canStrike(disaster, victim)) return 'not-now'
    if (world.faults.happens(disaster.id, `at ${this.#phase}`)) strike(disaster, victim)
    return 'struck'
  }

  #give(order: Order): 'struck' | 'not-now' {
    const { world, history, checkpoints } = this.#options
    const running = this.#current
    if (running?.job === undefined || running.process.paused) return 'not-now'
    if (running.process.exit !== undefined) return 'not-now'
    // Too little would have happened when the job ends.
    if (order.kind === 'drain-ordered' && history.completed < checkpoints) return 'not-now'
    if (world.faults.happens(order.id, `at ${this.#phase}`)) this.operator.give(order, running)
    return 'struck'
  }
}
