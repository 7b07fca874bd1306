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

/** Signs of a channel in an order that a task keeps: watermarks rise, and after the end are barriers. */
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

test('who holds back is not passed, and nobody waits for who does not', () => {
  fc.assert(
    fc.property(
      fc.array(channel, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(3)),
      fc.constantFrom('exactly-once' as const, 'at-least-once' as const),
      (channels, arrivals, mode) => {
        const models = channels.map(
          (): ChannelModel => ({
            watermark: Number.NEGATIVE_INFINITY,
            idle: false,
            over: false,
            ended: false,
          }),
        )
        const queues: Frame[][] = channels.map(() => [])
        const gate = new InputGate({
          receivers: queues.map((queue, index) => ({
            poll: () => {
              const frame = queue.shift()
              if (frame !== undefined) apply(models[index] as ChannelModel, frame)
              return frame
            },
          })),
          mode,
          watermark: Number.NEGATIVE_INFINITY,
          now: () => 0,
        })
        let before = Number.NEGATIVE_INFINITY
        let ended = 0
        const aligned: number[] = []
        const readAll = (): void => {
          for (let event = gate.next(); event !== 'nothing'; event = gate.next()) {
            const holding = models.filter(({ idle, over }) => !idle && !over)
            const all = models.map(({ watermark }) => watermark)
            expect(gate.watermark).toBeGreaterThanOrEqual(before)
            if (event === 'watermark') {
              expect(gate.watermark).toBe(
                holding.length > 0
                  ? Math.min(...holding.map(({ watermark }) => watermark))
                  : Math.max(...all),
              )
            }
            // Only who spoke again may be behind what was passed on.
            if (holding.length === 0) {
              expect(gate.watermark).toBeGreaterThanOrEqual(Math.max(...all))
            }
            expect(gate.idle).toBe(holding.length === 0)
            before = gate.watermark
            if (event === 'ended') ended++
            if (event === 'aligned') aligned.push(gate.checkpoint)
          }
        }
        const left = channels.map((frames) => [...frames])
        for (const arrival of arrivals) {
          const index = arrival % channels.length
          const frame = left[index]?.shift()
          if (frame !== undefined) queues[index]?.push(frame)
          readAll()
        }
        for (const [index, frames] of left.entries()) queues[index]?.push(...frames)
        readAll()
        expect(gate.watermark).toBeLessThan(Number.POSITIVE_INFINITY)
        // Where nobody waits at a barrier the next one may overtake it.
        if (mode === 'exactly-once' || aligned.length > 1) expect(aligned).toEqual([1, 2])
        else expect(aligned).toEqual([2])
        expect(ended).toBe(models.every((model) => model.ended) ? 1 : 0)
      },
    ),
    { numRuns: 2000 },
  )
})
