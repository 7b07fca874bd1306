// What a window is to those who see results: its bounds and how often it fired. And the words that
// all kinds of windows share.

/**
 * A window as a result carries it: from `start` up to and without `end`, milliseconds since 1970.
 */
export interface Window {
  readonly start: number
  readonly end: number
  /** How often this window fired before: 0, then 1, 2, … for early and late results. */
  readonly firing: number
}

/** A window that is bounded by counting and not by time. */
export interface CountedWindow {
  /** How often it fired before: 0, then 1, 2, … */
  readonly firing: number
}

/** The clock that windows go by: the time in the records, or that of the machine. */
export type WindowTime = 'event' | 'processing'

/**
 * What a window that fires again gives: all that came so far, or only what came since it fired.
 */
export type Firings = 'accumulating' | 'discarding'

/** The last instant that a time stamp can name, and by its negation the first. */
export const LATEST_TIME_MS = 8.64e15
