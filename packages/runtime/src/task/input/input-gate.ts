// The inputs of a task: reads channels in turn, aligns barriers, and combines watermarks and
// idleness. Invariant: between two barriers every record of a channel belongs to exactly one
// checkpoint, because a channel whose barrier has come is not read until all have come.

import type { Batch } from '../../network/batch.ts'
import {
  FRAME_ACTIVE,
  FRAME_BARRIER,
  FRAME_DATA,
  FRAME_END,
  FRAME_IDLE,
  FRAME_WATERMARK,
  type Frame,
  type Receiver,
} from '../../network/frame.ts'

interface ChannelState {
  readonly receiver: Receiver
  readonly input: 0 | 1
  watermark: number
  idle: boolean
  /** Its event time has come to its end: it waits for nobody, and nobody for it. */
  over: boolean
  /** The barrier of the running alignment has come. */
  aligned: boolean
}

/** What `next` found. `signs`: something was read that changes nothing for the task by itself. */
export type GateEvent = 'nothing' | 'batch' | 'signs' | 'watermark' | 'aligned' | 'ended'

export interface GateOptions {
  readonly receivers: readonly Receiver[]
  /** By receiver: which input of the head of the chain it feeds; the first unless said. */
  readonly inputs?: readonly (0 | 1)[]
  readonly mode: 'exactly-once' | 'at-least-once'
  /** The restored watermark. */
  readonly watermark: number
  readonly now: () => number
}

export class InputGate {
  readonly #channels: ChannelState[]
  readonly #blocks: boolean
  readonly #now: () => number
  #next = 0
  #checkpoint = 0
  #settled = 0
  /** Checkpoints beyond the settled one that were given up; those before them may still align. */
  readonly #abandoned = new Set<number>()
  #alignedCount = 0
  #alignmentStart = 0
  #ended = 0
  #watermark: number
  #batch: Batch | undefined
  #input: 0 | 1 = 0
  /** How long the last alignment took. */
  alignmentMs = 0

  constructor(options: GateOptions) {
    this.#channels = options.receivers.map((receiver, index) => ({
      receiver,
      input: options.inputs?.[index] ?? 0,
      watermark: Number.NEGATIVE_INFINITY,
      idle: false,
      over: false,
      aligned: false,
    }))
    this.#blocks = options.mode === 'exactly-once'
    this.#watermark = options.watermark
    this.#now = options.now
  }

  /** The batch of the last `batch` event. */
  get batch(): Batch {
    return this.#batch as Batch
  }

  /** Which input of the head of the chain that batch came from. */
  get input(): 0 | 1 {
    return this.#input
  }

  /** The checkpoint of the last `aligned` event. */
  get checkpoint(): number {
    return this.#settled
  }

  get watermark(): number {
    return this.#watermark
  }

  /** No channel that still lives holds the watermark back. */
  get idle(): boolean {
    return this.#channels.every((channel) => channel.idle || channel.over)
  }

  next(): GateEvent {
    const count = this.#channels.length
    for (let tried = 0; tried < count; tried++) {
      const channel = this.#channels[this.#next] as ChannelState
      this.#next = this.#next + 1 === count ? 0 : this.#next + 1
      if (channel.aligned && this.#blocks) continue
      const frame = channel.receiver.poll()
      if (frame !== undefined) return this.#take(channel, frame)
    }
    return 'nothing'
  }

  /** The coordinator gave the checkpoint up: its barriers mean nothing any more. */
  abandon(checkpoint: number): void {
    if (checkpoint === this.#checkpoint && this.#alignedCount > 0) this.#release()
    if (checkpoint > this.#settled) this.#abandoned.add(checkpoint)
  }

  #take(channel: ChannelState, frame: Frame): GateEvent {
    switch (frame.kind) {
      case FRAME_DATA:
        this.#batch = frame.batch
        this.#input = channel.input
        return 'batch'
      case FRAME_WATERMARK:
        channel.idle = false
        // Of a channel that is over, what it came to is kept: see `#combine`.
        if (frame.watermark === Number.POSITIVE_INFINITY) channel.over = true
        else if (frame.watermark > channel.watermark) channel.watermark = frame.watermark
        return this.#combine()
      case FRAME_BARRIER:
        return this.#barrier(channel, frame.checkpoint)
      case FRAME_IDLE:
        channel.idle = true
        return this.#combine()
      case FRAME_ACTIVE:
        channel.idle = false
        return 'signs'
      case FRAME_END:
        channel.over = true
        this.#ended++
        if (this.#ended < this.#channels.length) return this.#combine()
        this.#combine()
        return 'ended'
    }
  }

  #combine(): GateEvent {
    let lowest = Number.POSITIVE_INFINITY
    let furthest = Number.NEGATIVE_INFINITY
    for (const { watermark, idle, over } of this.#channels) {
      if (idle || over) furthest = Math.max(furthest, watermark)
      else lowest = Math.min(lowest, watermark)
    }
    // Where all are idle or over none holds the others back, whichever of them fell idle last. What
    // is over counts with what it came to, and not as the end of time: the others may speak again.
    const next = lowest === Number.POSITIVE_INFINITY ? furthest : lowest
    if (next <= this.#watermark) return 'signs'
    this.#watermark = next
    return 'watermark'
  }

  #barrier(channel: ChannelState, checkpoint: number): GateEvent {
    if (checkpoint <= this.#settled || this.#abandoned.has(checkpoint)) return 'signs'
    if (checkpoint < this.#checkpoint) return 'signs'
    // A later barrier overtakes an alignment that upstream has given up.
    if (checkpoint > this.#checkpoint) {
      this.#release()
      this.#checkpoint = checkpoint
      this.#alignmentStart = this.#now()
    }
    if (!channel.aligned) {
      channel.aligned = true
      this.#alignedCount++
    }
    if (this.#alignedCount < this.#channels.length) return 'signs'
    this.#release()
    this.#settle(checkpoint)
    this.alignmentMs = this.#now() - this.#alignmentStart
    return 'aligned'
  }

  #settle(checkpoint: number): void {
    this.#settled = checkpoint
    for (const abandoned of this.#abandoned) {
      if (abandoned <= checkpoint) this.#abandoned.delete(abandoned)
    }
  }

  #release(): void {
    for (const channel of this.#channels) channel.aligned = false
    this.#alignedCount = 0
  }
}
