// One end of a simulated connection. Bytes arrive later, in order, in pieces that differ from those
// that were written; a connection may be cut, before or after what was written last has gone over.
// When the life at one end ends, the other end is told, as the system of a killed process does.

import { type NetworkConnection, NetworkError, type NetworkListener } from '@sluice/core/connector'
import type { Life } from '../life.ts'
import type { SimulatedChannel } from '../process/channel.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Simulation } from '../simulation.ts'

const roomBytes = 64 * 2 ** 10

type Arrival =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly error: NetworkError | undefined }

export class SimulatedSocket implements NetworkConnection {
  readonly #simulation: Simulation
  readonly #random: SeededRandom
  readonly #life: Life
  readonly #outgoing: SimulatedChannel
  readonly #address: string
  #peer: SimulatedSocket | undefined
  #listener: NetworkListener | undefined
  #arrived: Arrival[] = []
  #open = true
  #paused = false
  #underWayBytes = 0
  #waiting: (() => void)[] = []

  constructor(
    simulation: Simulation,
    random: SeededRandom,
    life: Life,
    outgoing: SimulatedChannel,
    address: string,
  ) {
    this.#simulation = simulation
    this.#random = random
    this.#life = life
    this.#outgoing = outgoing
    this.#address = address
    life.whenEnded(() => this.#leave(undefined))
  }

  static join(one: SimulatedSocket, other: SimulatedSocket): void {
    one.#peer = other
    other.#peer = one
  }

  get open(): boolean {
    return this.#open
  }

  write(pieces: readonly Uint8Array[]): boolean {
    if (!this.#open || !this.#life.alive) return true
    const bytes = Buffer.concat(pieces)
    const isCut = this.#simulation.faults.strikes('connection-cut', this.#address)
    if (isCut && this.#random.chance(0.5)) {
      this.cut()
      return true
    }
    for (const piece of this.#torn(bytes)) {
      this.#underWayBytes += piece.length
      this.#outgoing.send(`bytes ${piece.length}`, () => {
        this.#underWayBytes -= piece.length
        if (this.#underWayBytes < roomBytes) this.#wake()
        this.#peer?.arrive({ kind: 'data', bytes: piece })
      })
    }
    if (isCut) this.cut()
    return this.#underWayBytes < roomBytes
  }

  drained(): Promise<void> {
    if (!this.#open || this.#underWayBytes < roomBytes) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  listen(listener: NetworkListener): void {
    this.#listener = listener
    this.#handOver()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#handOver()
  }

  close(): void {
    if (!this.#open) return
    this.#leave(undefined)
    this.#arrived = []
    this.#simulation.scheduler.schedule(this.#life, 0, 'closed', () => {
      this.#listener?.closed(undefined)
    })
  }

  /** Both ends learn, each for itself, that the connection is gone. */
  cut(): void {
    if (!this.#open) return
    const error = new NetworkError('closed', this.#address, 'the connection was cut')
    this.#leave(error)
    this.#simulation.scheduler.schedule(this.#life, this.#random.between(0, 5), 'cut', () => {
      this.#deliver({ kind: 'closed', error })
    })
  }

  arrive(arrival: Arrival): void {
    if (!this.#open) return
    if (arrival.kind === 'closed') {
      this.#open = false
      this.#wake()
    }
    this.#deliver(arrival)
  }

  /** Ends this end; what was written before still goes over. */
  #leave(error: NetworkError | undefined): void {
    if (!this.#open) return
    this.#open = false
    this.#wake()
    this.#outgoing.send('closed', () => this.#peer?.arrive({ kind: 'closed', error }))
  }

  #deliver(arrival: Arrival): void {
    this.#arrived.push(arrival)
    this.#handOver()
  }

  #handOver(): void {
    while (this.#listener !== undefined && !this.#paused) {
      const arrival = this.#arrived.shift()
      if (arrival === undefined) return
      if (arrival.kind === 'data') this.#listener.data(arrival.bytes)
      else this.#listener.closed(arrival.error)
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  /** In one piece, or in two. */
  #torn(bytes: Uint8Array): Uint8Array[] {
    if (bytes.length < 2 || !this.#random.chance(0.3)) return [bytes]
    const at = 1 + this.#random.below(bytes.length - 1)
    return [bytes.subarray(0, at), bytes.subarray(at)]
  }
}
