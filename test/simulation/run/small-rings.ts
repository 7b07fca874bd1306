// Channels between workers with less room than the engine gives them, so that small jobs meet full
// rings, frames larger than a ring, and backpressure up to their sources.

import { createRingMemory } from '../../../packages/runtime/src/network/ring/ring-memory.ts'
import type { WorkerStart } from '../../../packages/runtime/src/worker/messages.ts'

export class SmallRings {
  readonly #ringBytes: number | undefined
  /** By attempt and channel: both of its ends must get the same. */
  readonly #rings = new Map<string, SharedArrayBuffer>()

  constructor(ringBytes: number | undefined) {
    this.#ringBytes = ringBytes
  }

  /** What a worker starts with, with other rings. */
  exchanged(start: WorkerStart): WorkerStart {
    const ringBytes = this.#ringBytes
    if (ringBytes === undefined) return start
    const channels = start.channels.map((channel) => {
      const { exchange, from, to } = channel
      const name = `${start.logId}/${start.generation}/${exchange}/${from}/${to}`
      const buffer = this.#rings.get(name) ?? createRingMemory(ringBytes)
      this.#rings.set(name, buffer)
      return { ...channel, buffer }
    })
    return { ...start, channels }
  }
}
