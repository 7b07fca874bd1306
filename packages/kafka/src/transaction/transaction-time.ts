// Time is the one thing that a prepared transaction does not survive: the broker aborts it when its
// time-out has passed since it began. Pure decisions: what is asked for, when a checkpoint has to
// come at once, and when the job stops before the broker breaks a promise for it.

import type { Clock } from '@sluice/core/connector'

/** What the broker grants. */
export interface GrantedTimeout {
  readonly timeoutMs: number
  /** Less than was asked for: the broker refuses more (error 50). To be said at the start. */
  readonly cut: boolean
}

/** The time-out for InitProducerId: what is asked for, cut to the broker's maximum. */
export function grantedTimeout(askedMs: number, brokerMaximumMs: number): GrantedTimeout {
  return askedMs > brokerMaximumMs
    ? { timeoutMs: brokerMaximumMs, cut: true }
    : { timeoutMs: askedMs, cut: false }
}

/** A moment by both clocks of this machine. */
export interface Moment {
  /** Since 1970; may jump. */
  readonly wallMs: number
  /** Never goes back, and may stand still while the machine is suspended. */
  readonly monotonicMs: number
}

export function momentOf(clock: Pick<Clock, 'now' | 'monotonic'>): Moment {
  return { wallMs: clock.now(), monotonicMs: clock.monotonic() }
}

/** How much time has passed for a broker, at worst: by whichever clock has advanced more. */
export function elapsedMs(since: Moment, now: Moment): number {
  return Math.max(now.wallMs - since.wallMs, now.monotonicMs - since.monotonicMs)
}

/** Longest wait for a connection, in parts of the time in which it must serve its purpose. */
const connectsThatFit = 4
const shortestConnectMs = 500

/** How long to wait for a connection where only so much time is left. */
export function connectTimeoutWithin(leftMs: number): number {
  return Math.max(shortestConnectMs, leftMs / connectsThatFit)
}

/** What is known about time. */
export interface TimeFacts {
  readonly timeoutMs: number
  /** Since the oldest transaction that is open or prepared began; undefined for none. */
  readonly oldestAgeMs: number | undefined
  /** From trigger to proven commits: the longest of the last few; 0 before the first. */
  readonly lastedMs: number
  /** A checkpoint that will commit the oldest one is under way. */
  readonly underWay: boolean
}

/**
 * What time asks for.
 * - `none-open`, `plenty`, `under-way`: go on.
 * - `short`: a checkpoint at once.
 * - `too-late`: stop; what is left is less than three checkpoints took.
 */
export type TimeDecision =
  | { readonly kind: 'go-on'; readonly reason: 'none-open' | 'plenty' | 'under-way' }
  | { readonly kind: 'checkpoint'; readonly reason: 'short'; readonly headroomMs: number }
  | { readonly kind: 'stop'; readonly reason: 'too-late'; readonly headroomMs: number }

/** Share of the time-out below which a checkpoint comes at once. */
const shortShare = 1 / 3
/** So many checkpoints, as long as the longest of late, must still fit. */
const checkpointsThatFit = 3

/** Milliseconds until the broker may abort the oldest transaction; a metric. */
export function headroomMs(facts: Pick<TimeFacts, 'timeoutMs' | 'oldestAgeMs'>): number {
  return facts.timeoutMs - (facts.oldestAgeMs ?? 0)
}

/** Decides; total over all facts. */
export function decideTime(facts: TimeFacts): TimeDecision {
  if (facts.oldestAgeMs === undefined) return { kind: 'go-on', reason: 'none-open' }
  const left = headroomMs(facts)
  if (left <= 0 || left < facts.lastedMs * checkpointsThatFit) {
    return { kind: 'stop', reason: 'too-late', headroomMs: left }
  }
  if (left >= facts.timeoutMs * shortShare) return { kind: 'go-on', reason: 'plenty' }
  if (facts.underWay) return { kind: 'go-on', reason: 'under-way' }
  return { kind: 'checkpoint', reason: 'short', headroomMs: left }
}

/**
 * Whether an entry may still promise a transaction: asked right before it is appended, for what an
 * entry promises is lost when the broker aborts it. `abortsAtMs` undefined: the broker never does.
 */
export function mayPromise(
  abortsAtMs: number | undefined,
  nowMs: number,
  commitLastedMs: number,
): boolean {
  return abortsAtMs === undefined || nowMs + commitLastedMs * checkpointsThatFit < abortsAtMs
}
