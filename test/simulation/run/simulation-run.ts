// One seed from its start to its verdict: a safety phase, in which processes run, die, sleep and
// are started again while faults strike, and a liveness phase without faults, in which the job must
// come to its end; then all checks.

import {
  type JobResult,
  type JobRun,
  type Phase,
  type PhaseDetail,
  registerJob,
  runJob,
} from '@sluice/runtime'
import type { Port } from '@sluice/runtime/internal'
import { type SimulatedProcess, SimulatedWorld, type RunWorker } from '@sluice/testing/simulator'
import type { WorkerStart } from '../../../packages/runtime/src/worker/messages.ts'
import { runWorker } from '../../../packages/runtime/src/worker/worker.ts'
import { committedRows, judgeManifests } from '../checks/committed-rows.ts'
import { DiskWatch } from '../checks/disk-watch.ts'
import { judgeLeftovers } from '../checks/leftovers.ts'
import { LogHistory } from '../checks/log-history.ts'
import { judgeSnapshot, keepSnapshot, type KeptSnapshot } from '../checks/snapshot-round-trip.ts'
import { Director } from '../faults/director.ts'
import { type Disaster, drawDisasters } from '../faults/disaster.ts'
import { drawRates } from '../faults/draw-rates.ts'
import type { Moment, PhaseOrStart } from '../faults/moment.ts'
import { canStrike, strike } from '../faults/strike.ts'
import { drawShape } from '../job/draw-shape.ts'
import type { JobShape } from '../job/shape.ts'
import { createSimulatedJob, type SimulatedJob } from '../job/simulated-job.ts'
import { isPermitted } from './permitted-failures.ts'
import { SmallRings } from './small-rings.ts'
import type { FaultInPhase, SeedResult } from './seed-result.ts'

/** Less proves too little. */
const fewestCheckpoints = 5
const longestSafetyMs = 15_000
const longestLivenessMs = 120_000
const mostEventsOfLiveness = 150_000
const longestQuietMs = 60_000
const mostStarts = 60
const shownEvents = 60

/** A process of the run, and the job in it. */
interface Running {
  readonly process: SimulatedProcess
  job: JobRun | undefined
  result: JobResult | undefined
  /** Its last checkpoint was noted at this time, in the attempt that wrote it. */
  notedAtMs: number | undefined
  wrote: number | undefined
}

export interface SeedOptions {
  /** Ids of faults that stay away. */
  readonly suppressed?: ReadonlySet<string>
  /** How many lines of the event log a failing result carries. */
  readonly lastEvents?: number
}

export class SimulationRun {
  readonly world: SimulatedWorld
  readonly #seed: number
  readonly #lastEvents: number
  readonly #shape: JobShape
  /** Checkpoints that must be complete before the faults end. */
  readonly #checkpoints: number
  readonly #rings: SmallRings
  readonly #job: SimulatedJob
  readonly #history: LogHistory
  readonly #watch: DiskWatch
  readonly #director: Director
  readonly #snapshots: KeptSnapshot[] = []
  readonly #violations = new Set<string>()
  readonly #faults: FaultInPhase[] = []
  readonly #generations = new WeakMap<object, number>()
  readonly #started: Running[] = []
  #current: Running | undefined
  #startScheduled = false
  /** Runs that failed one after the other. */
  #failures = 0
  #phase: PhaseOrStart = 'starting'
  /** When the last checkpoint was complete. */
  #checkpointAtMs = 0
  #generation = 0
  #finished = false
  /** When the run that finished the job began its last sweep; undefined: nobody could. */
  #sweptAtMs: number | undefined
  #safe = true

  constructor(seed: number, options: SeedOptions = {}) {
    this.#seed = seed
    this.#lastEvents = options.lastEvents ?? shownEvents
    const draw = new SimulatedWorld({ seed }).random.fork('scenario')
    this.#shape = drawShape(draw.fork('shape'))
    this.#rings = new SmallRings(this.#shape.ringBytes)
    this.#checkpoints = fewestCheckpoints + draw.fork('safety').below(4)
    this.world = new SimulatedWorld({
      seed,
      runWorker: this.#runWorker,
      faultRates: drawRates(draw.fork('rates')),
      suppressedFaults: options.suppressed ?? new Set(),
      isStale,
    })
    const { disk, events } = this.world
    const report = (violation: string) => this.#report(violation)
    this.#history = new LogHistory(disk, report)
    this.#history.onCheckpoint = (entry) => {
      const { completed } = this.#history
      this.#checkpointAtMs = this.world.nowMs
      if (completed === 3 || completed === 7) this.#snapshots.push(keepSnapshot(disk, entry))
    }
    this.#watch = new DiskWatch(this.world, this.#history, report)
    this.#job = createSimulatedJob(this.#shape, draw.fork('records'), disk, {
      faults: this.world.faults,
      random: this.world.random.fork('calls'),
      after: (delayMs, call) => this.world.schedule(delayMs, 'an answer comes', call),
      violation: report,
      mayRead: () => this.#mayRead(),
      reads: (clock) => this.#watch.reads(this.#generations.get(clock) ?? 0),
    })
    disk.onChange = (change) => this.#watch.changed(change)
    this.#director = new Director(this.world, drawDisasters(draw.fork('disasters')), (disaster) =>
      this.#strike(disaster),
    )
    events.listen((line) => this.#heard(line))
  }

  async run(): Promise<SeedResult> {
    const startedMs = performance.now()
    const unregister = registerJob(this.#key, this.#job.definition)
    try {
      await this.#safety()
      await this.#liveness()
      await this.#quiet()
      if (this.#finished) await this.#judge()
    } catch (error) {
      this.#report(`the simulation threw ${error instanceof Error ? error.stack : String(error)}`)
    } finally {
      unregister()
    }
    return this.#result(performance.now() - startedMs)
  }

  get #key(): string {
    return `simulated-${this.#seed}`
  }

  async #safety(): Promise<void> {
    this.#director.start()
    this.#start()
    const untilMs = this.world.nowMs + longestSafetyMs
    const enough = () => this.#director.isDone && this.#history.completed >= this.#checkpoints
    await this.world.run({ until: () => this.#finished || enough(), untilMs })
  }

  /** As long as too few checkpoints are complete, nothing is read while none gets ready. */
  #mayRead(): boolean {
    if (this.#history.completed >= fewestCheckpoints) return true
    const { nowMs } = this.world
    return nowMs - this.#checkpointAtMs < 2 * this.#shape.checkpoint.everyMs
  }

  async #liveness(): Promise<void> {
    const { world } = this
    this.#safe = false
    this.#director.stop()
    world.faults.stop()
    world.disk.full = false
    world.note('faults are over')
    for (const { process } of this.#started) {
      if (process.exit !== undefined) continue
      for (const worker of process.workers) worker.resume()
      if (process.paused) process.resume()
    }
    if (this.#current === undefined && !this.#finished) this.#startAfter(0)
    const untilMs = world.nowMs + longestLivenessMs
    const maxEvents = mostEventsOfLiveness
    const end = await world.run({ until: () => this.#finished, untilMs, maxEvents })
    if (!this.#finished) this.#report(`the job does not finish when faults are over (${end})`)
  }

  /** Whoever still runs finds out that it is over; a further run finds nothing to do. */
  async #quiet(): Promise<void> {
    const { world } = this
    const ended = () => this.#started.every(({ process }) => process.exit !== undefined)
    await world.run({ until: ended, untilMs: world.nowMs + longestQuietMs })
    for (const { process } of this.#started) {
      if (process.exit === undefined) this.#report(`process ${process.name} does not end`)
    }
    if (!this.#finished) return
    const last = this.#start()
    await world.run({ until: ended, untilMs: world.nowMs + longestQuietMs })
    const outcome = last.result?.outcome
    if (outcome !== 'finished-before') {
      this.#report(`a run of the finished job ended as ${outcome ?? 'nothing'}`)
    }
  }

  async #judge(): Promise<void> {
    const { disk } = this.world
    for (const snapshot of this.#snapshots) {
      const wrong = await judgeSnapshot(snapshot, 1 + (this.#seed % 5))
      for (const violation of wrong) this.#report(violation)
    }
    for (const violation of this.#job.judge((sink) => committedRows(disk, sink))) {
      this.#report(violation)
    }
    for (const violation of judgeManifests(disk)) this.#report(violation)
    const sweptAtMs = this.#sweptAtMs ?? Number.NEGATIVE_INFINITY
    for (const violation of judgeLeftovers(disk, this.#history, this.#watch, sweptAtMs)) {
      this.#report(violation)
    }
  }

  #start(): Running {
    const { world } = this
    const number = this.#started.length
    const process = world.startProcess(`p${number}`)
    const running: Running = {
      process,
      job: undefined,
      result: undefined,
      notedAtMs: undefined,
      wrote: undefined,
    }
    this.#started.push(running)
    this.#current = running
    this.#phase = 'starting'
    const { parallelisms, freezes, metricsEveryMs } = this.#shape
    process.run(async (platform) => {
      const job = runJob(platform, {
        origin: { kind: 'registered', key: this.#key },
        settings: { parallelism: parallelisms[number % parallelisms.length] as number },
        freezes,
        metricsEveryMs,
        onPhase: (phase, detail) => this.#entered(running, phase, detail),
      })
      running.job = job
      job.on('restarting', ({ error }) => {
        world.note(`${process.name} restarts: ${error.code} ${error.message}`)
        if (running === this.#current) this.#phase = 'starting'
        if (!isPermitted(error, world.faults))
          this.#report(`a restart because of ${error.code}: ${error.message}`)
      })
      running.result = await job.done
      this.#ended(running, running.result)
    })
    return running
  }

  #startAfter(delayMs: number): void {
    if (this.#startScheduled) return
    this.#startScheduled = true
    this.world.schedule(delayMs, 'a supervisor starts the next process', () => {
      this.#startScheduled = false
      if (this.#current !== undefined || this.#finished) return
      if (this.#started.length < mostStarts) this.#start()
      else this.#report(`the job was started ${mostStarts} times`)
    })
  }

  #ended(running: Running, { outcome, error }: JobResult): void {
    const { world } = this
    world.note(
      `${running.process.name} ends as ${outcome} ${error?.code ?? ''} ${error?.message ?? ''}`,
    )
    if (outcome === 'finished' || outcome === 'finished-before') this.#finished = true
    // What fails while faults strike is left for the next sweep, and there may be none.
    if (outcome === 'finished' && this.#phase === 'noted' && !this.#safe) {
      this.#sweptAtMs = running.notedAtMs
    }
    if (outcome === 'failed' && (error === undefined || !isPermitted(error, world.faults))) {
      this.#report(`a run failed: ${error?.code} ${error?.message}`)
    }
    if (running !== this.#current) return
    this.#current = undefined
    this.#failures = outcome === 'failed' ? this.#failures + 1 : 0
    if (!this.#finished) this.#startAfter(Math.min(20 * 2 ** this.#failures, 1000))
  }

  #entered(running: Running, phase: Phase, { generation, checkpoint = 0 }: PhaseDetail): void {
    this.#generation = Math.max(this.#generation, generation)
    if (phase === 'recovering') this.#history.believedFence(generation)
    if (phase === 'after-manifest') {
      this.#history.believedCheckpoint(generation, checkpoint)
      running.wrote = generation
    }
    // Who only commits what stood already does not collect: that is left to the next checkpoint.
    if (phase === 'noted') {
      running.notedAtMs = running.wrote === generation ? this.world.nowMs : undefined
    }
    this.world.note(`${running.process.name} is at ${phase}`)
    if (running !== this.#current) return
    this.#phase = phase
    this.#director.phase(phase)
  }

  #heard(line: string): void {
    const fault = /world: fault (([^#]+)#\d+) ?(.*)$/.exec(line)
    if (fault === null) return this.#director.line(line)
    const [, id = '', kind = '', detail = ''] = fault
    this.#faults.push({ id, kind, detail, phase: this.#phase })
  }

  #strike(disaster: Disaster): 'struck' | 'not-now' {
    const running = this.#current
    if (running === undefined) return 'not-now'
    const victim = {
      world: this.world,
      process: running.process,
      job: running.job,
      gone: () => {
        if (running !== this.#current) return
        this.#current = undefined
        this.#startAfter(disaster.restartAfterMs)
      },
      crashed: () => this.#history.crashed(),
      at: (moment: Moment, call: () => void) => this.#director.at(moment, call),
    }
    if (!canStrike(disaster, victim)) return 'not-now'
    if (this.world.faults.happens(disaster.id, `at ${this.#phase}`)) strike(disaster, victim)
    return 'struck'
  }

  #report(violation: string): void {
    this.world.note(`VIOLATION ${violation}`)
    this.#violations.add(violation)
  }

  readonly #runWorker: RunWorker = (platform, port: Port, data) => {
    const start = data as WorkerStart
    this.#generations.set(platform.clock, start.generation)
    return runWorker(platform, port, this.#rings.exchanged(start))
  }

  #result(realMs: number): SeedResult {
    const { events, nowMs } = this.world
    const failedProcesses = this.#started.flatMap(({ process }) =>
      process.exit?.kind === 'failed'
        ? [`process ${process.name} crashed: ${stackOf(process.exit.error)}`]
        : [],
    )
    const violations = [...failedProcesses, ...this.#violations]
    return {
      seed: this.#seed,
      shape: this.#shape,
      violations,
      faults: this.#faults,
      records: this.#job.records,
      checkpoints: this.#history.completed,
      generations: this.#generation,
      events: events.length,
      virtualMs: nowMs,
      realMs,
      lastEvents: violations.length === 0 ? [] : events.lines(this.#lastEvents),
    }
  }
}

export async function simulateSeed(seed: number, options?: SeedOptions): Promise<SeedResult> {
  return await new SimulationRun(seed, options).run()
}

/** Listings that POSIX or an object store would not promise to be fresh; never the log. */
function isStale(path: string): boolean {
  return /^\/checkpoints\/(segments|notes|aside)$/.test(path) || path.startsWith('/out/')
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
