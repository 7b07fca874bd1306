// Draws the records of an input: per lane, with event times that run ahead in steps, fall behind
// within the bound, and now and then beyond it.

import type { SeededRandom } from '@sluice/testing/simulator'
import type { Item } from './item.ts'
import type { InputShape, JobShape } from './shape.ts'

/** The records of one lane after the other, each in its order. */
export function drawItems(
  random: SeededRandom,
  shape: JobShape,
  input: InputShape,
  inputIndex: number,
): Item[][] {
  const { stepMs } = input
  const { startMs, scale } = shape.time
  let clockMs = startMs + random.below(1000) * scale
  let highest = Number.NEGATIVE_INFINITY
  return Array.from({ length: input.lanes }, (_, laneIndex) => {
    const records = Math.ceil((input.records - laneIndex) / input.lanes)
    const lane = `${input.name}/${laneIndex}`
    if (!input.orderedByTime) {
      clockMs = startMs + random.below(1000) * scale
      highest = Number.NEGATIVE_INFINITY
    }
    return Array.from({ length: records }, (_unused, seq): Item => {
      clockMs += 1 + random.below(2 * stepMs)
      if (random.chance(0.01)) clockMs += 50 * stepMs
      const at = clockMs - behindMs(random, input, scale)
      const behind = Math.max(0, highest - input.outOfOrderMs - at)
      highest = Math.max(highest, at)
      return {
        id: (inputIndex * 100_000 + laneIndex * 4000 + seq) * 64,
        key: keyOf(random, shape, inputIndex * 20 + laneIndex),
        at,
        lane,
        seq: seq * 64,
        value: random.below(1000) - 300,
        tooLate: behind > 0,
        // Nothing is behind before there is a first record.
        behindMs: behind,
      }
    })
  })
}

function behindMs(random: SeededRandom, input: InputShape, scale: number): number {
  if (random.chance(input.tooLateShare)) {
    return input.outOfOrderMs * (1 + random.below(20)) + random.below(3000) * scale
  }
  // A lane by order of time must not fall behind the lanes before it either.
  if (input.orderedByTime) return 0
  return random.below(input.outOfOrderMs + 1)
}

function keyOf(random: SeededRandom, shape: JobShape, lane: number): number {
  if (!shape.keysByLane) return random.below(shape.keys)
  return lane * 100 + random.below(Math.min(shape.keys, 10))
}
