// The workers of one attempt: started together, ended together. What a worker says after its end
// was asked for, or after the attempt was given up, reaches nobody; what it logs is always told.

import { SluiceError } from '@sluice/core/internal'
import type { Platform, WorkerExit, WorkerThread } from '../../platform/platform.ts'
import { waitAtMost } from '../bounded-wait.ts'
import type { FromWorker, ToWorker, WorkerStart } from '../../worker/messages.ts'

/** What an attempt hears of: lines of a log and goodbyes are the set's own. */
export type WorkerNews = Exclude<FromWorker, { readonly type: 'log' | 'closed' }>

export interface WorkerListener {
  message(worker: number, message: WorkerNews): void
  /** A worker ended although nobody asked it to. */
  died(worker: number, error: SluiceError): void
}

/** How long workers may take to close before they are ended without their help. */
const closeWithinMs = 10_000

export class WorkerSet {
  readonly #platform: Platform
  readonly #threads: WorkerThread[] = []
  readonly #gone: boolean[] = []
  readonly #closed = new Set<number>()
  #whenClosed: (() => void) | undefined
  #listener: WorkerListener | undefined

  constructor(platform: Platform, listener: WorkerListener) {
    this.#platform = platform
    this.#listener = listener
  }

  start(starts: readonly WorkerStart[], job: string, memoryLimitBytes: number | undefined): void {
    for (const data of starts) {
      const thread = this.#platform.startWorker({
        index: data.index,
        name: `${job}/${data.index}`,
        data,
        ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
      })
      this.#threads.push(thread)
      this.#gone.push(false)
      thread.port.onMessage((message) => this.#said(data.index, message as FromWorker))
      thread.onExit((exit) => this.#ended(data.index, exit, memoryLimitBytes))
    }
  }

  post(worker: number, message: ToWorker): void {
    if (this.#gone[worker] === false) this.#threads[worker]?.port.post(message)
  }

  postToAll(message: ToWorker): void {
    for (let worker = 0; worker < this.#threads.length; worker++) this.post(worker, message)
  }

  /** Lets them close writers and readers, for a bounded time; then they are ended. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#whenClosed = resolve
    })
    this.postToAll({ type: 'close' })
    this.#settleClose()
    await waitAtMost(this.#platform.timers, closeWithinMs, closed)
    await this.terminate()
  }

  /** Ends all of them at once; resolves when none runs any more. */
  async terminate(): Promise<void> {
    this.#listener = undefined
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
    for (const thread of this.#threads) thread.port.close()
  }

  #said(worker: number, message: FromWorker): void {
    if (message.type === 'log') {
      this.#platform.log[message.level](message.message, message.fields)
      return
    }
    if (message.type === 'closed') {
      this.#closed.add(worker)
      this.#settleClose()
      return
    }
    this.#listener?.message(worker, message)
  }

  #ended(worker: number, exit: WorkerExit, memoryLimitBytes: number | undefined): void {
    this.#gone[worker] = true
    this.#settleClose()
    if (this.#closed.has(worker)) return
    this.#listener?.died(worker, exitError(worker, exit, memoryLimitBytes))
  }

  #settleClose(): void {
    if (this.#whenClosed === undefined) return
    const open = this.#gone.some((gone, worker) => !gone && !this.#closed.has(worker))
    if (!open) this.#whenClosed()
  }
}

function exitError(
  worker: number,
  exit: WorkerExit,
  memoryLimitBytes: number | undefined,
): SluiceError {
  const cause = exit.error === undefined ? {} : { cause: exit.error }
  if (exit.kind === 'out-of-memory') {
    const limit =
      memoryLimitBytes === undefined
        ? 'its memory limit'
        : `its limit of ${Math.round(memoryLimitBytes / 2 ** 20)} MiB`
    return new SluiceError('WORKER_OUT_OF_MEMORY', `Worker ${worker} reached ${limit}.`, {
      hint: 'Raise memory.perWorker, or the parallelism so that each worker holds less state.',
      ...cause,
    })
  }
  const reason = exit.error instanceof Error ? `: ${exit.error.message}` : '.'
  return new SluiceError(
    'WORKER_DIED',
    `Worker ${worker} ended without being asked${reason}`,
    cause,
  )
}
