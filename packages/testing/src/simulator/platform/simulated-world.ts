// A machine with its processes under virtual time. Everything that happens is an event that the
// seed picks; between two events all promises settle. The same seed gives the same run.

import type { Mounts } from './disk/mounts.ts'
import { SimulatedDisk } from './disk/simulated-disk.ts'
import { Doorbells } from './doorbells.ts'
import { EventLog } from './event-log.ts'
import { FaultPlan, type FaultRates } from './fault-plan.ts'
import { Life } from './life.ts'
import { SimulatedNetwork } from './network/simulated-network.ts'
import { SimulatedProcess } from './process/simulated-process.ts'
import { Scheduler } from './scheduler.ts'
import { SeededRandom } from './seeded-random.ts'
import type { RunWorker, Simulation } from './simulation.ts'

/** A world is its seed and these. */
export interface WorldOptions {
  readonly seed: number
  /** What a worker of the simulated processes runs; needed as soon as one is started. */
  readonly runWorker?: RunWorker
  readonly faultRates?: FaultRates
  /** Ids of faults that stay away. */
  readonly suppressedFaults?: ReadonlySet<string>
  /** Folders (absolute paths) whose listings may lack the newest changes; none unless set. */
  readonly isStale?: (path: string) => boolean
}

/** When a run ends, at the latest. */
export interface RunLimits {
  /** Ends the run as soon as it holds; looked at before every event. */
  readonly until?: () => boolean
  /** Virtual time at which the run ends. */
  readonly untilMs?: number
  readonly maxEvents?: number
}

/** `idle`: nothing is left that could happen. */
export type RunEnd = 'done' | 'idle' | 'time' | 'events'

const startOfTimeMs = 1_750_000_000_000
const longestEventMs = 0.02

/** The real event loop gets its turn now and then, for the test runner and unhandled errors. */
const turnsPerEventLoop = 256

/**
 * The simulated machine.
 *
 * @example
 * const world = new SimulatedWorld({ seed: 7 })
 * const process = world.startProcess('first')
 * process.run(async ({ timers }) => timers.sleep(1000))
 * await world.run()
 */
export class SimulatedWorld {
  readonly random: SeededRandom
  readonly events: EventLog = new EventLog()
  readonly faults: FaultPlan
  readonly disk: SimulatedDisk
  /** Where the scenario registers the servers that its processes reach. */
  readonly network: SimulatedNetwork
  readonly processes: SimulatedProcess[] = []
  readonly #scheduler: Scheduler
  readonly #doorbells: Doorbells
  readonly #costs: SeededRandom
  readonly #simulation: Simulation
  readonly #self = new Life('world', (error) => {
    throw error
  })
  #kernel = new Life('kernel', (error) => {
    throw error
  })
  #standing: Promise<unknown> = Promise.resolve()
  #standingStill = 0

  constructor(options: WorldOptions) {
    this.random = new SeededRandom(options.seed)
    this.#scheduler = new Scheduler(this.random.fork('scheduler'))
    this.#doorbells = new Doorbells(this.#scheduler, this.random.fork('doorbells'))
    this.#costs = this.random.fork('costs')
    this.disk = new SimulatedDisk(this.random.fork('disk'), () => this.#wallClockMs())
    this.faults = new FaultPlan(this.random.fork('faults'), {
      rates: options.faultRates ?? {},
      suppressed: options.suppressedFaults ?? new Set(),
      nowMs: () => this.#scheduler.nowMs,
      onHit: ({ id, detail }) => this.note(`fault ${id} ${detail}`),
    })
    this.#simulation = this.#createSimulation(options)
    this.network = new SimulatedNetwork(this.#simulation)
  }

  /** Virtual time in milliseconds since the world began. */
  get nowMs(): number {
    return this.#scheduler.nowMs
  }

  /**
   * `mounts`: what the process finds below some paths, as in a container; the longest one counts.
   */
  startProcess(name: string, mounts: Mounts = {}): SimulatedProcess {
    const random = this.random.fork(`process ${this.processes.length} ${name}`)
    const process = new SimulatedProcess(this.#simulation, name, random, mounts)
    this.processes.push(process)
    return process
  }

  /** The machine loses power: all processes end, and what was not synced is lost, or some of it. */
  crashMachine(): void {
    for (const process of this.processes) process.kill()
    this.note('machine crashes')
    this.#kernel.end()
    this.#kernel = new Life('kernel', (error) => {
      throw error
    })
    this.disk.crash()
  }

  /** Something that the scenario does at a later time. */
  schedule(delayMs: number, label: string, call: () => void): void {
    this.#scheduler.schedule(this.#self, delayMs, label, call)
  }

  /** Writes a line of the scenario into the event log. */
  note(what: string): void {
    this.events.add(this.#scheduler.nowMs, 'world', what)
  }

  /** Lets events happen until a limit is reached. One call at a time. */
  run(limits: RunLimits = {}): Promise<RunEnd> {
    let left = limits.maxEvents ?? Number.POSITIVE_INFINITY
    let turns = 0
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (this.#standingStill > 0) {
            void this.#standing.then(() => setImmediate(turn))
            return
          }
          const end = this.#endOf(limits, left--) ?? this.#happen()
          if (end !== undefined) resolve(end)
          else if (++turns % turnsPerEventLoop === 0) setImmediate(turn)
          else afterAllPromises(turn)
        } catch (error) {
          reject(error)
        }
      }
      setImmediate(turn)
    })
  }

  #endOf(limits: RunLimits, left: number): RunEnd | undefined {
    if (limits.until?.() === true) return 'done'
    if (left === 0) return 'events'
    this.#doorbells.wakeRung()
    const dueMs = this.#scheduler.nextDueMs()
    if (dueMs === undefined) return 'idle'
    return dueMs > (limits.untilMs ?? Number.POSITIVE_INFINITY) ? 'time' : undefined
  }

  /** The next event; `idle` where there was none that still matters. */
  #happen(): RunEnd | undefined {
    const event = this.#scheduler.next()
    if (event === undefined) return 'idle'
    this.#scheduler.pass(this.#costs.between(0, longestEventMs))
    this.events.add(this.#scheduler.nowMs, event.life.name, event.label)
    // Who listens to the events may have ended or paused a life because of this one.
    if (event.life.paused) this.#scheduler.park(event)
    if (event.life.paused || !event.life.alive) return undefined
    try {
      event.call()
    } catch (error) {
      event.life.fail(error)
    }
    return undefined
  }

  #createSimulation(options: WorldOptions): Simulation {
    return {
      random: this.random,
      scheduler: this.#scheduler,
      faults: this.faults,
      events: this.events,
      doorbells: this.#doorbells,
      disk: this.disk,
      network: () => this.network,
      locks: new Map(),
      kernel: () => this.#kernel,
      runWorker: options.runWorker ?? noWorkers,
      isStale: options.isStale ?? (() => false),
      wallClockMs: () => this.#wallClockMs(),
      standStill: (work) => this.#standStill(work),
    }
  }

  #wallClockMs(): number {
    return startOfTimeMs + this.#scheduler.nowMs
  }

  #standStill<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#standingStill++
    const result = this.#standing.then(work)
    this.#standing = result.then(
      () => this.#standingStill--,
      () => this.#standingStill--,
    )
    return result
  }
}

/**
 * Calls back when every promise that can settle has: Node takes a tick that was asked for among the
 * microtasks only when no microtask is left. With `setImmediate` a run takes twice as long.
 */
function afterAllPromises(call: () => void): void {
  queueMicrotask(() => process.nextTick(call))
}

function noWorkers(): void {
  throw new Error('This world was made without a function for its workers (runWorker).')
}
