// The tail of a shape.

import { deduplicationTail } from './age/deduplication.ts'
import { ttlTail } from './age/ttl.ts'
import { bucketsTail } from './buckets.ts'
import { bufferTail } from './buffer.ts'
import { countingTail } from './counting.ts'
import { plainTail } from './plain.ts'
import { sessionsTail } from './sessions.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { statesTail } from './states.ts'
import type { Tail } from './tail.ts'
import { broadcastRulesTail } from './two-streams/broadcast-rules.ts'
import { coProcessTail } from './two-streams/co-process.ts'
import { intervalJoinTail } from './two-streams/interval-join.ts'
import { temporalJoinTail } from './two-streams/temporal-join.ts'
import { windowJoinTail } from './two-streams/window-join.ts'
import { anyWindowTail } from './window/any-window.ts'
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
  'any-window': anyWindowTail,
  'interval-join': intervalJoinTail,
  'window-join': windowJoinTail,
  'temporal-join': temporalJoinTail,
  deduplication: deduplicationTail,
  ttl: ttlTail,
  'co-process': coProcessTail,
  'broadcast-rules': broadcastRulesTail,
} as const satisfies Record<TailShape['kind'], (shape: TailShape) => Tail>

export function tailOf(shape: TailShape): Tail {
  return tails[shape.kind](shape)
}
