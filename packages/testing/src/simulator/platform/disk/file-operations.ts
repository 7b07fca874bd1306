// How a system call on a file goes: it is issued, takes effect a while later, and answers a while
// after that. A process that dies in between has done it or not; one that is paused has done it and
// does not know. Faults strike before the effect (`link-failed`) or after it (`link-unsure`).

import { FileSystemError } from '@sluice/core/connector'
import type { Life } from '../life.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'

export type FileOperation =
  | 'open'
  | 'read'
  | 'append'
  | 'sync'
  | 'stat'
  | 'close'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'link'
  | 'remove'
  | 'removeDirectory'
  | 'syncDirectory'

const changing: ReadonlySet<FileOperation> = new Set([
  'makeDirectory',
  'rename',
  'link',
  'remove',
  'removeDirectory',
])

/** Of an append some bytes may be written; a failed sync changes what is durable later. */
const failingTheirOwnWay: ReadonlySet<FileOperation> = new Set(['append', 'sync', 'close'])

export class FileOperations {
  readonly simulation: Simulation
  readonly random: SeededRandom
  readonly #life: Life

  constructor(simulation: Simulation, life: Life, random: SeededRandom) {
    this.simulation = simulation
    this.random = random
    this.#life = life
  }

  run<Result>(operation: FileOperation, path: string, effect: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      // A dead process issues nothing more, and hears nothing.
      if (!this.#life.alive) return
      const { scheduler, kernel } = this.simulation
      const label = `${operation} ${path}`
      scheduler.schedule(kernel(), this.#delayMs(operation, path), `file ${label}`, () => {
        if (!this.#life.alive && this.random.chance(0.5)) return
        const outcome = this.#take(operation, path, effect)
        const kind = outcome.done ? 'done' : outcome.error.kind
        scheduler.schedule(this.#life, this.random.between(0, 0.1), `${label} ${kind}`, () => {
          if (outcome.done) resolve(outcome.value)
          else reject(outcome.error)
        })
      })
    })
  }

  #take<Result>(operation: FileOperation, path: string, effect: () => Result): Outcome<Result> {
    const { faults } = this.simulation
    try {
      if (!failingTheirOwnWay.has(operation) && faults.strikes(`${operation}-failed`, path)) {
        throw this.#failure(operation, path)
      }
      const value = effect()
      if (changing.has(operation) && faults.strikes(`${operation}-unsure`, path)) {
        throw this.#failure(operation, path)
      }
      return { done: true, value }
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error
      return { done: false, error }
    }
  }

  #failure(operation: FileOperation, path: string): FileSystemError {
    return new FileSystemError('failed', operation, path, new Error('simulated fault'))
  }

  #delayMs(operation: FileOperation, path: string): number {
    const isSync = operation === 'sync' || operation === 'syncDirectory'
    const usual = isSync ? this.random.between(0.1, 3) : this.random.between(0.01, 0.2)
    const slow = this.simulation.faults.strikes('file-slow', `${operation} ${path}`)
    return slow ? usual + this.random.between(50, 3000) : usual
  }
}

type Outcome<Result> =
  | { readonly done: true; readonly value: Result }
  | { readonly done: false; readonly error: FileSystemError }
