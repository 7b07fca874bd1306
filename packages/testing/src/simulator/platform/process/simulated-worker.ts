// A simulated worker thread: a life within a process that can end alone, with its own platform and
// a port to its process. What it has posted arrives before the news of its end.

import type { Platform, WorkerExit, WorkerOptions, WorkerThread } from '@sluice/runtime/internal'
import { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'
import { SimulatedChannel } from './channel.ts'
import { SimulatedPort } from './simulated-port.ts'

/** Made by the platform of a simulated process. */
export class SimulatedWorker implements WorkerThread {
  readonly name: string
  readonly index: number
  readonly port: SimulatedPort
  readonly #simulation: Simulation
  readonly #random: SeededRandom
  readonly #parent: Life
  readonly #life: Life
  readonly #toParent: SimulatedChannel
  #exit: WorkerExit | undefined
  #listener: ((exit: WorkerExit) => void) | undefined

  constructor(
    simulation: Simulation,
    random: SeededRandom,
    parent: Life,
    options: WorkerOptions,
    platformOf: (life: Life, random: SeededRandom) => Platform,
  ) {
    this.name = `${parent.name}/${options.name}`
    this.index = options.index
    this.#simulation = simulation
    this.#random = random
    this.#parent = parent
    this.#life = new Life(this.name, (error) => this.#end({ kind: 'died', error }), parent)
    this.#toParent = new SimulatedChannel(simulation, random.fork('to parent'), parent)
    const toWorker = new SimulatedChannel(simulation, random.fork('to worker'), this.#life)
    this.port = new SimulatedPort(parent, toWorker, () => {})
    const inner = new SimulatedPort(this.#life, this.#toParent, () => this.#end({ kind: 'ended' }))
    SimulatedPort.connect(this.port, inner)
    const data: unknown = structuredClone(options.data)
    const platform = platformOf(this.#life, random.fork('platform'))
    simulation.scheduler.schedule(this.#life, random.between(0.5, 20), 'starts', () => {
      this.#run(platform, inner, data)
    })
  }

  get alive(): boolean {
    return this.#life.alive
  }

  onExit(listener: (exit: WorkerExit) => void): void {
    this.#listener = listener
    if (this.#exit !== undefined) listener(this.#exit)
  }

  terminate(): Promise<void> {
    const { scheduler } = this.#simulation
    return new Promise((resolve) => {
      scheduler.schedule(this.#parent, this.#random.between(0, 2), `ends ${this.name}`, () => {
        this.#end({ kind: 'ended' })
        // Resolves after the last of its messages, as the end of a thread does.
        this.#toParent.send(`ended ${this.name}`, resolve)
      })
    })
  }

  /** A disaster: the thread is gone at once. */
  kill(exit: WorkerExit = { kind: 'died', error: new Error('simulated death') }): void {
    this.#end(exit)
  }

  /** Stalls the thread alone: nothing of it runs until it goes on. */
  pause(): void {
    this.#life.paused = true
  }

  resume(): void {
    this.#life.paused = false
    this.#simulation.scheduler.unpark()
  }

  #run(platform: Platform, port: SimulatedPort, data: unknown): void {
    const running = this.#simulation.runWorker(platform, port, data)
    if (running instanceof Promise) {
      running.catch((error: unknown) => {
        if (this.#life.alive) this.#life.fail(error)
      })
    }
  }

  #end(exit: WorkerExit): void {
    if (!this.#life.alive) return
    this.#life.end()
    this.#simulation.events.add(this.#simulation.scheduler.nowMs, this.name, exit.kind)
    this.#toParent.send(`exit ${this.name} ${exit.kind}`, () => {
      this.#exit = exit
      this.#listener?.(exit)
    })
  }
}
