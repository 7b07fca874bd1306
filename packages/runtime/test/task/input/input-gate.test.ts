// Alignment, watermarks and idleness at the inputs of a task.

import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { Batch } from '../../../src/network/batch.ts'
import {
  FRAME_BARRIER,
  FRAME_DATA,
  FRAME_END,
  FRAME_IDLE,
  FRAME_WATERMARK,
  type Frame,
  type Receiver,
} from '../../../src/network/frame.ts'
import { InputGate } from '../../../src/task/input/input-gate.ts'

class Queue implements Receiver {
  frames: Frame[] = []
  poll(): Frame | undefined {
    return this.frames.shift()
  }
}

function record(value: unknown): Frame {
  const batch = Batch.empty()
  batch.values[0] = value
  batch.length = 1
  return { kind: FRAME_DATA, batch }
}

const barrier = (checkpoint: number): Frame => ({ kind: FRAME_BARRIER, checkpoint })
const watermark = (time: number): Frame => ({ kind: FRAME_WATERMARK, watermark: time })

function gateOf(channels: Queue[], mode: 'exactly-once' | 'at-least-once' = 'exactly-once') {
  return new InputGate({
    receivers: channels,
    mode,
    watermark: Number.NEGATIVE_INFINITY,
    now: () => 0,
  })
}

/** All events until nothing is left to read; records as their values, checkpoints as numbers. */
function drain(gate: InputGate): unknown[] {
  const seen: unknown[] = []
  for (;;) {
    const event = gate.next()
    if (event === 'nothing') return seen
    if (event === 'batch') seen.push(gate.batch.values[0])
    else if (event === 'aligned') seen.push(gate.checkpoint)
    else if (event !== 'signs') seen.push(event)
  }
}

describe('the input gate', () => {
  it('does not read a channel whose barrier has come until all have come', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b])
    a.frames.push(record('a1'), barrier(1), record('a2'))
    b.frames.push(record('b1'))
    expect(drain(gate)).toEqual(['a1', 'b1'])
    b.frames.push(record('b2'), barrier(1), record('b3'))
    expect(drain(gate)).toEqual(['b2', 1, 'a2', 'b3'])
  })

  it('says which input of the head a batch is for', () => {
    const [a, b] = [new Queue(), new Queue()]
    const facts = { mode: 'exactly-once', watermark: Number.NEGATIVE_INFINITY } as const
    const gate = new InputGate({ receivers: [a, b], inputs: [0, 1], ...facts, now: () => 0 })
    a.frames.push(record('a1'), barrier(1), record('a2'))
    b.frames.push(record('b1'), barrier(1))
    const inputs: number[] = []
    for (let event = gate.next(); event !== 'nothing'; event = gate.next()) {
      if (event === 'batch') inputs.push(gate.input)
    }
    expect(inputs).toEqual([0, 1, 0])
  })

  it('goes on reading in at-least-once mode', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b], 'at-least-once')
    a.frames.push(barrier(1), record('a2'))
    expect(drain(gate)).toEqual(['a2'])
    b.frames.push(barrier(1))
    expect(drain(gate)).toEqual([1])
  })

  it('forgets the alignment of an abandoned checkpoint, and ignores its late barriers', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b])
    a.frames.push(barrier(1), record('a2'))
    expect(drain(gate)).toEqual([])
    gate.abandon(1)
    b.frames.push(barrier(1), record('b2'))
    expect(new Set(drain(gate))).toEqual(new Set(['a2', 'b2']))
    a.frames.push(barrier(2))
    b.frames.push(barrier(2))
    expect(drain(gate)).toEqual([2])
  })

  it('aligns a later checkpoint when upstream has given up the earlier one', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b])
    a.frames.push(barrier(1))
    b.frames.push(barrier(2))
    expect(drain(gate)).toEqual([])
    a.frames.push(barrier(2))
    expect(drain(gate)).toEqual([2])
  })

  it('combines watermarks without idle and ended channels, and never goes back', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b])
    a.frames.push(watermark(10))
    drain(gate)
    expect(gate.watermark).toBe(Number.NEGATIVE_INFINITY)
    b.frames.push(watermark(5))
    drain(gate)
    expect(gate.watermark).toBe(5)
    b.frames.push({ kind: FRAME_IDLE })
    drain(gate)
    expect(gate.watermark).toBe(10)
    b.frames.push(watermark(7))
    drain(gate)
    expect(gate.watermark).toBe(10)
    expect(gate.idle).toBe(false)
  })

  it('counts what has ended beside idle channels with what it came to', () => {
    for (const isIdleFirst of [true, false]) {
      const [idle, ended] = [new Queue(), new Queue()]
      const gate = gateOf([idle, ended])
      idle.frames.push(watermark(10))
      if (isIdleFirst) idle.frames.push({ kind: FRAME_IDLE })
      ended.frames.push(watermark(60), watermark(Number.POSITIVE_INFINITY), { kind: FRAME_END })
      drain(gate)
      if (!isIdleFirst) {
        expect(gate.watermark).toBe(10)
        idle.frames.push({ kind: FRAME_IDLE })
        drain(gate)
      }
      expect([gate.idle, gate.watermark]).toEqual([true, 60])
      idle.frames.push(watermark(70))
      drain(gate)
      expect([gate.idle, gate.watermark]).toEqual([false, 70])
    }
  })

  it('has come as far as the furthest when all have ended', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b])
    a.frames.push(watermark(10), watermark(Number.POSITIVE_INFINITY), { kind: FRAME_END })
    b.frames.push(watermark(60), watermark(Number.POSITIVE_INFINITY), { kind: FRAME_END })
    expect(drain(gate)).toContain('ended')
    expect(gate.watermark).toBe(60)
  })

  it('says ended once, when the last channel has ended, and still aligns barriers', () => {
    const [a, b] = [new Queue(), new Queue()]
    const gate = gateOf([a, b])
    a.frames.push({ kind: FRAME_END })
    expect(drain(gate)).toEqual([])
    b.frames.push({ kind: FRAME_END })
    expect(drain(gate)).toEqual(['ended'])
    a.frames.push(barrier(3))
    b.frames.push(barrier(3))
    expect(drain(gate)).toEqual([3])
  })

  it('puts every record of every channel into exactly the epoch that its barriers say', () => {
    const epochs = fc.array(fc.nat(4), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(epochs, { minLength: 1, maxLength: 4 }), (plan) => {
        const rounds = Math.max(...plan.map((counts) => counts.length))
        const channels = plan.map((counts, channel) => {
          const queue = new Queue()
          for (let round = 0; round < rounds; round++) {
            for (let n = 0; n < (counts[round] ?? 0); n++) {
              queue.frames.push(record({ channel, round, n }))
            }
            queue.frames.push(barrier(round + 1))
          }
          return queue
        })
        const gate = gateOf(channels)
        let round = 0
        for (const event of drain(gate)) {
          if (typeof event === 'number') round = event
          else expect(event).toMatchObject({ round })
        }
        expect(round).toBe(rounds)
      }),
    )
  })
})
