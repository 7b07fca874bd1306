// A worker of the engine as a Node thread. The thread inherits this process' options (the source
// condition among them) and runs the entry module, which finds its port and data by `threadStart`.

import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { Port, WorkerExit, WorkerOptions, WorkerThread } from '../../platform.ts'
import { codeOf } from '../files/file-errors.ts'
import { MessagePortPort } from './message-port.ts'

const bytesPerMegabyte = 2 ** 20

/**
 * Records die young, so a larger space for young objects gains nothing here; V8 would let it grow
 * to twice this, of memory that each worker then keeps.
 */
const youngGenerationMb = 48

/** A module of the engine that a thread runs: `.ts` from sources, `.js` when built. */
export function threadModule(relativePath: string, from: string): URL {
  return new URL(`${relativePath}${from.endsWith('.ts') ? '.ts' : '.js'}`, from)
}

export function startNodeWorker(entry: URL, options: WorkerOptions): WorkerThread {
  const worker = new Worker(entry, {
    name: options.name,
    workerData: options.data,
    resourceLimits: {
      maxYoungGenerationSizeMb: youngGenerationMb,
      ...(options.memoryLimitBytes === undefined
        ? {}
        : { maxOldGenerationSizeMb: Math.ceil(options.memoryLimitBytes / bytesPerMegabyte) }),
    },
  })
  // The thread ends by itself when its own port is closed, so closing this end only stops
  // listening.
  const port = new MessagePortPort(worker, () => {})
  const exit = new ExitWatch(worker)
  return {
    port,
    onExit: (listener) => exit.onExit(listener),
    terminate: () => exit.terminate(),
  }
}

/** What the entry module of a worker gets; only there. */
export function threadStart(): { readonly port: Port; readonly data: unknown } {
  const end = parentPort
  if (end === null) throw new Error('This module runs only as the entry of a worker thread.')
  return { port: new MessagePortPort(end, () => end.close()), data: workerData }
}

/** Tells an end that was asked for from a death, and calls back exactly once. */
class ExitWatch {
  readonly #worker: Worker
  #asked = false
  #error: unknown
  #exit: WorkerExit | undefined
  #listener: ((exit: WorkerExit) => void) | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('error', (error) => {
      this.#error ??= error ?? new Error('The worker threw nothing.')
    })
    worker.on('exit', (code) => this.#exited(code))
  }

  onExit(listener: (exit: WorkerExit) => void): void {
    this.#listener = listener
    if (this.#exit !== undefined) listener(this.#exit)
  }

  async terminate(): Promise<void> {
    this.#asked = true
    await this.#worker.terminate()
  }

  #exited(code: number): void {
    this.#exit = this.#exitOf(code)
    this.#listener?.(this.#exit)
  }

  #exitOf(code: number): WorkerExit {
    const error = this.#error
    if (error !== undefined) {
      const outOfMemory = codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
      return { kind: outOfMemory ? 'out-of-memory' : 'died', error }
    }
    if (code === 0 || this.#asked) return { kind: 'ended' }
    return { kind: 'died', error: new Error(`The worker thread ended with exit code ${code}.`) }
  }
}
