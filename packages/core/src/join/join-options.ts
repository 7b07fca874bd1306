// What a user says of a join: which pairs belong together, what becomes of records without a
// partner, and what is made of a pair.

import type { Duration } from '../time/duration.ts'
import type { CumulativeWindow, SlidingWindow } from '../window/definition/sliding.ts'
import type { TumblingWindow } from '../window/definition/tumbling.ts'

/**
 * Whose records come out: `inner` only those with a partner, `left` and `right` also those of that
 * side without one, `full` those of both.
 */
export type JoinType = 'inner' | 'left' | 'right' | 'full'

/** The two records that `select` is given; `undefined` stands where there is no partner. */
export type JoinPair<Left, Right, Type extends JoinType> = Type extends 'inner'
  ? [left: Left, right: Right]
  : Type extends 'left'
    ? [left: Left, right: Right | undefined]
    : Type extends 'right'
      ? [left: Left | undefined, right: Right]
      :
          | [left: Left, right: Right]
          | [left: Left, right: undefined]
          | [left: undefined, right: Right]

interface JoinParts<Left, Right, Out, Type extends JoinType> {
  /** Whose records come out when they have no partner: nobody's (`inner`) unless set. */
  readonly type?: Type
  /** Makes the record that goes on. */
  readonly select: (...pair: JoinPair<Left, Right, Type>) => Out
  /** The name that this step had before: its state follows. */
  readonly renamedFrom?: string
}

interface IntervalParts {
  /** Which of the bounds are no longer part of the interval: none unless set. */
  readonly open?: 'lower' | 'upper' | 'both'
  /** How long after the watermark has passed a record it still finds its partners: `'0ms'`. */
  readonly allowedLateness?: Duration
  readonly window?: never
}

interface Within extends IntervalParts {
  /** Two records belong together when their event times are at most this far apart. */
  readonly within: Duration
  readonly between?: never
}

interface Between extends IntervalParts {
  /**
   * Bounds of the time of the right record, as seen from the left one: with `['-5m', '15m']` it may
   * be five minutes earlier up to fifteen minutes later.
   */
  readonly between: readonly [lower: Duration, upper: Duration]
  readonly within?: never
}

/** Windows in which records can be joined: in event time, with one result at the end. */
export type JoinWindow =
  | TumblingWindow<'event'>
  | SlidingWindow<'event'>
  | CumulativeWindow<'event'>

interface InWindow {
  /**
   * Two records belong together when they fall into the same window; in windows that overlap, once
   * for each window that holds both.
   */
  readonly window: JoinWindow
  readonly within?: never
  readonly between?: never
  readonly open?: never
  readonly allowedLateness?: never
}

/** Options of `join`: an interval (`within` or `between`) or a `window`. */
export type JoinOptions<Left, Right, Out, Type extends JoinType> = JoinParts<
  Left,
  Right,
  Out,
  Type
> &
  (Within | Between | InWindow)

/** Options of `temporalJoin`. */
export interface TemporalJoinOptions<Left, Version, Out, Type extends 'inner' | 'left'> {
  /** `left`: a record that finds no version comes out too. Otherwise (`inner`) it does not. */
  readonly type?: Type
  /** Makes the record that goes on. */
  readonly select: (...pair: JoinPair<Left, Version, Type>) => Out
  /** The name that this step had before: its state follows. */
  readonly renamedFrom?: string
}
