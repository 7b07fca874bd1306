// The channels of one worker: hand-over of objects between tasks of the same worker, rings to and
// from others.

import type { Receiver, Sender } from '../network/frame.ts'
import { LocalChannel } from '../network/local-channel.ts'
import { SharedDoorbell } from '../network/ring/doorbell.ts'
import { RingReceiver, RingSender } from '../network/ring-channel.ts'
import type { ChannelPlan } from '../plan/physical-plan.ts'
import type { SharedChannel, WorkerStart } from './messages.ts'

export class WorkerChannels {
  readonly doorbell: SharedDoorbell
  readonly #start: WorkerStart
  readonly #doorbells: readonly SharedDoorbell[]
  readonly #shared = new Map<string, SharedChannel>()
  readonly #local = new Map<string, LocalChannel>()

  constructor(start: WorkerStart) {
    this.#start = start
    this.#doorbells = start.doorbells.map((buffer) => new SharedDoorbell(buffer))
    this.doorbell = this.#doorbells[start.index] as SharedDoorbell
    for (const channel of start.channels) this.#shared.set(nameOf(channel), channel)
  }

  sender(channel: ChannelPlan): Sender {
    const peer = channel.to % this.#start.workers
    if (peer === this.#start.index) return this.#localChannel(channel)
    return new RingSender(this.#ring(channel), this.#bellOf(peer))
  }

  receiver(channel: ChannelPlan): Receiver {
    const peer = channel.from % this.#start.workers
    if (peer === this.#start.index) return this.#localChannel(channel)
    return new RingReceiver(this.#ring(channel), this.#bellOf(peer))
  }

  #bellOf(worker: number): SharedDoorbell {
    const bell = this.#doorbells[worker]
    if (bell === undefined) throw new RangeError(`Worker ${worker} has no doorbell.`)
    return bell
  }

  #ring(channel: ChannelPlan): SharedArrayBuffer {
    const shared = this.#shared.get(nameOf(channel))
    if (shared === undefined) throw new RangeError(`Channel ${nameOf(channel)} has no ring.`)
    return shared.buffer
  }

  #localChannel(channel: ChannelPlan): LocalChannel {
    const name = nameOf(channel)
    let local = this.#local.get(name)
    if (local === undefined) {
      local = new LocalChannel()
      this.#local.set(name, local)
    }
    return local
  }
}

function nameOf(channel: ChannelPlan): string {
  return `${channel.exchange}/${channel.from}/${channel.to}`
}
