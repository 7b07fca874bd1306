// Two checkpoints under way at once: giving one up must not harm the alignment of the other.

import { expect, it } from 'vitest'
import { FRAME_BARRIER, type Frame, type Receiver } from '../../src/network/frame.ts'
import { InputGate } from '../../src/task/input/input-gate.ts'

class Queue implements Receiver {
  readonly frames: Frame[] = []
  poll(): Frame | undefined {
    return this.frames.shift()
  }
}

const barrier = (checkpoint: number): Frame => ({ kind: FRAME_BARRIER, checkpoint })

function aligned(gate: InputGate): number[] {
  const checkpoints: number[] = []
  for (let event = gate.next(); event !== 'nothing'; event = gate.next()) {
    if (event === 'aligned') checkpoints.push(gate.checkpoint)
  }
  return checkpoints
}

it('a later checkpoint that is given up leaves the alignment of the one before it alone', () => {
  const [a, b] = [new Queue(), new Queue()]
  const gate = new InputGate({
    receivers: [a, b],
    mode: 'exactly-once',
    watermark: Number.NEGATIVE_INFINITY,
    now: () => 0,
  })
  a.frames.push(barrier(5), barrier(6))
  expect(aligned(gate)).toEqual([])
  // Another task has declined 6 while 5 is still on its way.
  gate.abandon(6)
  b.frames.push(barrier(5), barrier(6))
  expect(aligned(gate)).toEqual([5])
  a.frames.push(barrier(7))
  b.frames.push(barrier(7))
  expect(aligned(gate)).toEqual([7])
})
