// Real workers in the thread of the test: the engine's own `runWorker` over a pair of ports. A
// worker that is ended gets no turn, timer or message any more; what it has begun to write may
// still arrive.

import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import type {
  Platform,
  Port,
  WorkerExit,
  WorkerOptions,
  WorkerThread,
} from '../../../src/platform/platform.ts'
import { runWorker } from '../../../src/worker/worker.ts'

class PortEnd implements Port {
  peer: PortEnd | undefined
  #listener: ((message: unknown) => void) | undefined
  #kept: unknown[] = []
  #closed = false

  post(message: unknown): void {
    const copy = structuredClone(message)
    setImmediate(() => this.peer?.receive(copy))
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener
    for (const message of this.#kept.splice(0)) listener(message)
  }

  receive(message: unknown): void {
    if (this.#closed) return
    if (this.#listener === undefined) this.#kept.push(message)
    else this.#listener(message)
  }

  close(): void {
    this.#closed = true
    if (this.peer !== undefined) this.peer.#closed = true
  }
}

class InlineWorker implements WorkerThread {
  readonly port = new PortEnd()
  #alive = true
  #exit: ((exit: WorkerExit) => void) | undefined

  constructor(platform: Platform, options: WorkerOptions) {
    const inside = new PortEnd()
    inside.peer = this.port
    this.port.peer = inside
    setImmediate(() => {
      if (this.#alive) runWorker(this.#mortal(platform), inside, options.data)
    })
  }

  onExit(listener: (exit: WorkerExit) => void): void {
    this.#exit = listener
  }

  async terminate(): Promise<void> {
    this.#alive = false
    this.port.close()
  }

  dies(): void {
    this.#alive = false
    this.port.close()
    this.#exit?.({ kind: 'died', error: new Error('killed by the test') })
  }

  #mortal(platform: Platform): Platform {
    const whileAlive = (call: () => void) => () => {
      if (this.#alive) call()
    }
    return {
      ...platform,
      later: (call) => platform.later(whileAlive(call)),
      timers: {
        after: (delayMs, call) => platform.timers.after(delayMs, whileAlive(call)),
        sleep: (delayMs) => platform.timers.sleep(delayMs),
      },
      sleepUntilRung: (words, lastSeen, call) =>
        platform.sleepUntilRung(words, lastSeen, whileAlive(call)),
    }
  }
}

/** A platform whose workers run here; `workers` lists them in order of their start. */
export function inlinePlatform(changes: Partial<Platform> = {}): {
  readonly platform: Platform
  readonly workers: InlineWorker[]
} {
  const workers: InlineWorker[] = []
  const node: Platform = { ...createNodePlatform({ logSink: () => {} }), ...changes }
  const platform: Platform = {
    ...node,
    startWorker: (options) => {
      const worker = new InlineWorker(node, options)
      workers.push(worker)
      return worker
    },
  }
  return { platform, workers }
}
