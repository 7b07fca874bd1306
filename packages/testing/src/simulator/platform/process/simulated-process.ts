// A simulated operating system process: a main function, its workers, and their common fate. Killed
// it runs nothing more; paused it runs nothing until it goes on, and does not know that it was
// away.
//
//   running ⇄ paused        finished: main returned   failed: main or a callback threw   killed
//      └────────┴──> finished | failed | killed

import type { Platform, WorkerOptions, WorkerThread } from '@sluice/runtime/internal'
import type { Mounts } from '../disk/mounts.ts'
import { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'
import {
  createSimulatedPlatform,
  type LogLineOfProcess,
  type PlatformOwner,
} from './simulated-platform.ts'
import { SimulatedWorker } from './simulated-worker.ts'

/** How a process ended. */
export interface ProcessExit {
  readonly kind: 'finished' | 'failed' | 'killed'
  readonly error?: unknown
}

/** Made by `SimulatedWorld.startProcess`. */
export class SimulatedProcess {
  readonly name: string
  readonly platform: Platform
  /** All that were ever started, in order. */
  readonly workers: SimulatedWorker[] = []
  /** Lines written to standard output. */
  readonly output: string[] = []
  readonly log: LogLineOfProcess[] = []
  readonly #simulation: Simulation
  readonly #random: SeededRandom
  readonly #life: Life
  readonly #mounts: Mounts
  #exit: ProcessExit | undefined
  #clockJumpMs = 0

  constructor(simulation: Simulation, name: string, random: SeededRandom, mounts: Mounts) {
    this.name = name
    this.#mounts = mounts
    this.#simulation = simulation
    this.#random = random
    this.#life = new Life(name, (error) => this.#end({ kind: 'failed', error }))
    const platformRandom = random.fork('platform')
    this.platform = createSimulatedPlatform(
      simulation,
      this.#life,
      platformRandom,
      this.#owner(name),
    )
  }

  /** Undefined as long as it lives. */
  get exit(): ProcessExit | undefined {
    return this.#exit
  }

  get paused(): boolean {
    return this.#life.paused
  }

  /** Starts the main function; the process ends when it returns or throws. */
  run(main: (platform: Platform) => Promise<void>): void {
    const { scheduler } = this.#simulation
    scheduler.schedule(this.#life, this.#random.between(0, 1), 'starts', () => {
      main(this.platform).then(
        () => this.#end({ kind: 'finished' }),
        (error: unknown) => this.#end({ kind: 'failed', error }),
      )
    })
  }

  /** SIGKILL. What it wrote stays in the page cache; a system call under way may still happen. */
  kill(): void {
    this.#end({ kind: 'killed' })
  }

  /** SIGSTOP. */
  pause(): void {
    this.#life.paused = true
    this.#note('paused')
  }

  /** SIGCONT. */
  resume(): void {
    this.#life.paused = false
    this.#note('goes on')
    this.#simulation.scheduler.unpark()
  }

  /** The wall clock is set, forwards or backwards; the monotonic one goes on. */
  jumpClock(byMs: number): void {
    this.#clockJumpMs += byMs
    this.#note(`clock jumps by ${byMs} ms`)
  }

  #owner(thread: string): PlatformOwner {
    return {
      mounts: this.#mounts,
      wallClockMs: () => this.#simulation.wallClockMs() + this.#clockJumpMs,
      startWorker: (options) => this.#startWorker(options),
      output: (line) => {
        this.output.push(line)
        this.#note(`output ${line}`)
      },
      log: (line) => {
        this.log.push(line)
        const { events, scheduler } = this.#simulation
        events.add(scheduler.nowMs, thread, `${line.level} ${line.message}`)
      },
    }
  }

  #startWorker(options: WorkerOptions): WorkerThread {
    const random = this.#random.fork(`worker ${this.workers.length}`)
    const worker = new SimulatedWorker(
      this.#simulation,
      random,
      this.#life,
      options,
      (life, ownRandom) =>
        createSimulatedPlatform(this.#simulation, life, ownRandom, this.#owner(life.name)),
    )
    this.workers.push(worker)
    return worker
  }

  #end(exit: ProcessExit): void {
    if (!this.#life.alive) return
    this.#life.end()
    this.#exit = exit
    const reason = exit.error instanceof Error ? ` ${exit.error.message}` : ''
    this.#note(`${exit.kind}${reason}`)
  }

  #note(what: string): void {
    this.#simulation.events.add(this.#simulation.scheduler.nowMs, this.name, what)
  }
}
