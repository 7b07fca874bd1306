// The tail of a shape.

import type { TailShape } from '../shape.ts'
import { bucketsTail } from './buckets.ts'
import { bufferTail } from './buffer.ts'
import { countingTail } from './counting.ts'
import { plainTail } from './plain.ts'
import { sessionsTail } from './sessions.ts'
import { statesTail } from './states.ts'
import type { Tail } from './tail.ts'
import { countingWindowTail, windowTail } from './windows.ts'

const tails = {
  plain: plainTail,
  counting: countingTail,
  states: statesTail,
  buckets: bucketsTail,
  sessions: sessionsTail,
  buffer: bufferTail,
  window: windowTail,
  'counting-window': countingWindowTail,
} as const satisfies Record<TailShape['kind'], (shape: TailShape) => Tail>

export function tailOf(shape: TailShape): Tail {
  return tails[shape.kind](shape)
}
