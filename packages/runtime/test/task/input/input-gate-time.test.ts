// Event time at a gate: whatever order idleness, watermarks, barriers and ends come in over several
// channels, nobody who holds back is passed, and nobody waits for those who do not.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  FRAME_ACTIVE,
  FRAME_BARRIER,
  FRAME_END,
  FRAME_IDLE,
  FRAME_WATERMARK,
  type Frame,
} from '../../../src/network/frame.ts'
import { InputGate } from '../../../src/task/input/input-gate.ts'

/** What has been read of a channel. */
interface ChannelModel {
  watermark: number
  idle: boolean
  over: boolean
  ended: boolean
}

function apply(model: ChannelModel, frame: Frame): void {
  if (frame.kind === FRAME_IDLE) model.idle = true
  else if (frame.kind === FRAME_ACTIVE) model.idle = false
  else if (frame.kind === FRAME_END) {
    model.over = true
    model.ended = true
  } else if (frame.kind === FRAME_WATERMARK) {
    model.idle = false
    if (frame.watermark === Number.POSITIVE_INFINITY) model.over = true
    else model.watermark = frame.watermark
  }
}

/** Signs of a channel as a task sends them: watermarks rise, behind the end are barriers. */
const channel = fc
  .tuple(
    fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom('idle', 'active')), {
      maxLength: 12,
    }),
    fc.boolean(),
    fc.array(fc.nat(14), { maxLength: 2 }),
  )
  .map(([signs, ends, barriers]) => {
    let time = 0
    const frames = signs.map((sign): Frame => {
      if (sign === 'idle') return { kind: FRAME_IDLE }
      if (sign === 'active') return { kind: FRAME_ACTIVE }
      time += sign as number
      return { kind: FRAME_WATERMARK, watermark: time }
    })
    if (ends) {
      frames.push(
        { kind: FRAME_WATERMARK, watermark: Number.POSITIVE_INFINITY },
        { kind: FRAME_END },
      )
    }
    const places = [0, 1].map((nth) => Math.min(barriers[nth] ?? 0, frames.length))
    for (const [nth, at] of places.toSorted((a, b) => a - b).entries()) {
      frames.splice(at + nth, 0, { kind: FRAME_BARRIER, checkpoint: nth + 1 })
    }
    return frames
  })

/** A gate over channels whose frames the test pushes, and all that must hold after each event. */
class WatchedGate {
  readonly queues: Frame[][]
  readonly aligned: number[] = []
  ended = 0
  readonly #models: ChannelModel[]
  readonly #gate: InputGate
  #before = Number.NEGATIVE_INFINITY

  constructor(channels: number, mode: 'exactly-once' | 'at-least-once') {
    this.queues = Array.from({ length: channels }, () => [])
    this.#models = this.queues.map(() => ({
      watermark: Number.NEGATIVE_INFINITY,
      idle: false,
      over: false,
      ended: false,
    }))
    const receivers = this.queues.map((queue, index) => ({
      poll: () => {
        const frame = queue.shift()
        if (frame !== undefined) apply(this.#models[index] as ChannelModel, frame)
        return frame
      },
    }))
    const watermark = Number.NEGATIVE_INFINITY
    this.#gate = new InputGate({ receivers, mode, watermark, now: () => 0 })
  }

  get allEnded(): boolean {
    return this.#models.every(({ ended }) => ended)
  }

  readAll(): void {
    const gate = this.#gate
    for (let event = gate.next(); event !== 'nothing'; event = gate.next()) {
      this.#check(event === 'watermark')
      if (event === 'ended') this.ended++
      if (event === 'aligned') this.aligned.push(gate.checkpoint)
    }
  }

  #check(hasRisen: boolean): void {
    const { watermark, idle } = this.#gate
    const holding = this.#models.filter((model) => !model.idle && !model.over)
    const furthest = Math.max(...this.#models.map((model) => model.watermark))
    const lowest = Math.min(...holding.map((model) => model.watermark))
    expect(idle).toBe(holding.length === 0)
    expect(watermark).toBeGreaterThanOrEqual(this.#before)
    expect(watermark).toBeLessThan(Number.POSITIVE_INFINITY)
    if (hasRisen) expect(watermark).toBe(idle ? furthest : lowest)
    // Only who spoke again may be behind what was passed on.
    if (idle) expect(watermark).toBeGreaterThanOrEqual(furthest)
    this.#before = watermark
  }
}

test('who holds back is not passed, and nobody waits for who does not', () => {
  fc.assert(
    fc.property(
      fc.array(channel, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(3)),
      fc.constantFrom('exactly-once' as const, 'at-least-once' as const),
      (channels, arrivals, mode) => {
        const gate = new WatchedGate(channels.length, mode)
        const left = channels.map((frames) => [...frames])
        for (const arrival of arrivals) {
          const index = arrival % channels.length
          const frame = left[index]?.shift()
          if (frame !== undefined) gate.queues[index]?.push(frame)
          gate.readAll()
        }
        for (const [index, frames] of left.entries()) gate.queues[index]?.push(...frames)
        gate.readAll()
        // Where nobody waits at a barrier the next one may overtake it.
        const both = mode === 'exactly-once' || gate.aligned.length > 1
        expect(gate.aligned).toEqual(both ? [1, 2] : [2])
        expect(gate.ended).toBe(gate.allEnded ? 1 : 0)
      },
    ),
    { numRuns: 2000 },
  )
})
