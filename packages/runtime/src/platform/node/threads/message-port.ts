// A Port over Node's message channels. Node drops a Worker's messages while nobody listens, so they
// are kept here until the one listener is set, in order.

import type { TransferListItem } from 'node:worker_threads'
import type { Port } from '../../platform.ts'

/** What a `Worker` and a `MessagePort` have in common. */
export interface MessageChannelEnd {
  postMessage(message: unknown, transfer?: readonly TransferListItem[]): void
  on(event: 'message' | 'messageerror', listener: (value: unknown) => void): unknown
}

export class MessagePortPort implements Port {
  readonly #end: MessageChannelEnd
  readonly #closeEnd: () => void
  #listener: ((message: unknown) => void) | undefined
  #kept: unknown[] = []
  #closed = false

  constructor(end: MessageChannelEnd, closeEnd: () => void) {
    this.#end = end
    this.#closeEnd = closeEnd
    end.on('message', (message) => this.#receive(message))
    // A message that cannot be read is a lost message: going on without it would break the
    // protocol.
    end.on('messageerror', (error) => {
      throw error
    })
  }

  post(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    if (!this.#closed) this.#end.postMessage(message, transfer ?? [])
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener
    const kept = this.#kept
    this.#kept = []
    for (const message of kept) listener(message)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#kept = []
    this.#closeEnd()
  }

  #receive(message: unknown): void {
    if (this.#closed) return
    if (this.#listener === undefined) this.#kept.push(message)
    else this.#listener(message)
  }
}
