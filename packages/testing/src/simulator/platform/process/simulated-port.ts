// One end of a pair of ports between a simulated process and its worker. Messages are structured
// clones, as between threads, so that shared objects and lost classes show up here, too.

import type { Port } from '@sluice/runtime/internal'
import type { Life } from '../life.ts'
import type { SimulatedChannel } from './channel.ts'

export class SimulatedPort implements Port {
  readonly #life: Life
  readonly #outgoing: SimulatedChannel
  readonly #onClose: () => void
  #peer: SimulatedPort | undefined
  #listener: ((message: unknown) => void) | undefined
  #kept: unknown[] = []
  #closed = false

  constructor(life: Life, outgoing: SimulatedChannel, onClose: () => void) {
    this.#life = life
    this.#outgoing = outgoing
    this.#onClose = onClose
  }

  static connect(one: SimulatedPort, other: SimulatedPort): void {
    one.#peer = other
    other.#peer = one
  }

  post(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#closed || !this.#life.alive) return
    const clone: unknown = structuredClone(message, { transfer: [...transfer] })
    this.#outgoing.send(`message ${typeOf(message)}`, () => this.#peer?.receive(clone))
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
    this.#onClose()
  }

  receive(message: unknown): void {
    if (this.#closed) return
    if (this.#listener === undefined) this.#kept.push(message)
    else this.#listener(message)
  }
}

function typeOf(message: unknown): string {
  if (typeof message !== 'object' || message === null || !('type' in message)) return ''
  return String(message.type)
}
