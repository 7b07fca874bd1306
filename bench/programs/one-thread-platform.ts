// A platform whose one worker runs in this thread, so that several jobs of a process share what V8
// has learnt about the engine's functions: the worst case for call sites.

import { createNodePlatform, type Platform } from '@sluice/runtime'
import type { Port, WorkerThread } from '@sluice/runtime/internal'
import { runWorker } from '../../packages/runtime/src/worker/worker.ts'

export function oneThreadPlatform(): Platform {
  const platform: Platform = {
    ...createNodePlatform({ logLevel: 'error' }),
    output: () => {},
    startWorker: ({ data }): WorkerThread => {
      const [outer, inner] = portPair()
      setImmediate(() => runWorker(platform, inner, data))
      return {
        port: outer,
        onExit: () => {},
        terminate: async () => {
          inner.post({ type: 'closed' })
          inner.close()
        },
      }
    },
  }
  return platform
}

function portPair(): [Port, Port] {
  const one = new LocalPort()
  const other = new LocalPort()
  one.peer = other
  other.peer = one
  return [one, other]
}

class LocalPort implements Port {
  peer: LocalPort | undefined
  #listener: ((message: unknown) => void) | undefined
  #kept: unknown[] = []
  #closed = false

  post(message: unknown): void {
    if (!this.#closed) setImmediate(() => this.peer?.receive(message))
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener
    for (const message of this.#kept.splice(0)) listener(message)
  }

  close(): void {
    this.#closed = true
  }

  receive(message: unknown): void {
    if (this.#closed) return
    if (this.#listener === undefined) this.#kept.push(message)
    else this.#listener(message)
  }
}
