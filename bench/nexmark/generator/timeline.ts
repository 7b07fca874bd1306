// When events happen and in which order they arrive. Events have numbers in order of time; a source
// hands them over by index. Both are the same but for disorder, which shuffles each group of events
// in a fixed way (the numbers of Nexmark's own generator).

export interface Timeline {
  /** The time of the first event. */
  readonly startMs: number
  /** How many happen in a second of event time. */
  readonly eventsPerSecond: number
  /** Events arrive shuffled in groups of so many; 1: in order. */
  readonly disorderEvents: number
  /** After so many events nothing happens for `pauseMs`; 0: never. */
  readonly pauseEveryEvents: number
  readonly pauseMs: number
}

/** A prime, so that its multiples visit each place of a group once. */
const stride = 953

/** Throws a `RangeError` for what cannot be a timeline. */
export function checkTimeline(timeline: Timeline): void {
  const { eventsPerSecond, disorderEvents, pauseEveryEvents } = timeline
  if (!(eventsPerSecond > 0)) {
    throw new RangeError(`${eventsPerSecond} events a second are not possible.`)
  }
  if (!Number.isInteger(disorderEvents) || disorderEvents < 1 || disorderEvents % stride === 0) {
    throw new RangeError(`Events cannot be shuffled in groups of ${disorderEvents}.`)
  }
  if (pauseEveryEvents % disorderEvents !== 0) {
    throw new RangeError('A pause must fall between two groups of shuffled events.')
  }
}

/** The time of an event, by its number. */
export function timeOf(number: number, timeline: Timeline): number {
  const { startMs, eventsPerSecond, pauseEveryEvents, pauseMs } = timeline
  const pauses = pauseEveryEvents === 0 ? 0 : Math.floor(number / pauseEveryEvents)
  return startMs + Math.floor((number * 1000) / eventsPerSecond) + pauses * pauseMs
}

/** The number of the event that arrives at an index. */
export function numberAt(index: number, { disorderEvents }: Timeline): number {
  if (disorderEvents === 1) return index
  const place = index % disorderEvents
  return index - place + ((place * stride) % disorderEvents)
}

/** How much earlier than one that arrived before it an event can have happened. */
export function longestDelayMs({ eventsPerSecond, disorderEvents }: Timeline): number {
  return disorderEvents === 1 ? 0 : Math.ceil((disorderEvents * 1000) / eventsPerSecond)
}
