// The form of a case: what a window is, what happens to it, what it gives at each step. A case is
// data, so that every host of operators can be held to the same list. Its steps:
//   "a1 @ 500"        the record 1 of the key a, with this event time (a number or an ISO instant)
//   "watermark 2999"  event time goes on; or back, as after a restore at another parallelism
//   "clock 5000"      the machine's clock goes on
//   "restore"         another operator goes on with the state
// A result reads "a [0, 3000) #1: 1 2": key, bounds, firing, records; a late record "a3".

import {
  countWindow,
  type CountWindowOptions,
  cumulative,
  type CumulativeOptions,
  type Duration,
  globalWindow,
  type GlobalWindowOptions,
  session,
  type SessionOptions,
  sliding,
  type SlidingOptions,
  tumbling,
  type TumblingOptions,
  type WindowDefinition,
} from '../../../packages/core/src/index.ts'

/** A file of cases that come from one place. */
export interface CaseFile {
  /** What the cases are ported from: ideas and numbers, not code. */
  readonly from: string
  readonly cases: readonly WindowCase[]
}

export interface WindowCase {
  readonly name: string
  readonly window: WindowText
  /** Bounds of results are written as instants. */
  readonly instants?: true
  readonly steps: readonly (string | ExpectedStep)[]
}

export interface ExpectedStep {
  readonly do: string
  readonly gives?: readonly string[]
  readonly late?: readonly string[]
}

/** The call that makes the window: the name of the function, then its arguments. */
export type WindowText =
  | readonly ['tumbling', Duration, TumblingOptions?]
  | readonly ['sliding', Duration, SlidingOptions]
  | readonly ['cumulative', Duration, CumulativeOptions]
  | readonly ['session', Duration | Readonly<Record<string, Duration>>, SessionOptions?]
  | readonly ['global', GlobalWindowOptions]
  | readonly ['count', number, CountWindowOptions?]

/** A record of a case. */
export interface CaseRecord {
  readonly key: string
  readonly id: number
}

/** The window that a case speaks of. A gap by record is written by the records' numbers. */
export function windowOf(text: WindowText): WindowDefinition {
  switch (text[0]) {
    case 'tumbling':
      return tumbling(text[1], text[2])
    case 'sliding':
      return sliding(text[1], text[2])
    case 'cumulative':
      return cumulative(text[1], text[2])
    case 'session': {
      const gap = text[1]
      if (typeof gap === 'string') return session(gap, text[2])
      return session((record: CaseRecord) => gap[record.id] as Duration, text[2])
    }
    case 'global':
      return globalWindow(text[1])
    case 'count':
      return countWindow(text[1], text[2])
  }
}

/** One step of a case, taken apart. */
export type Action =
  | { readonly kind: 'record'; readonly record: CaseRecord; readonly at: number }
  | { readonly kind: 'watermark' | 'clock'; readonly to: number }
  | { readonly kind: 'restore' }

export function actionOf(text: string): Action {
  if (text === 'restore') return { kind: 'restore' }
  const progress = /^(watermark|clock) (\S+)$/.exec(text)
  if (progress !== null) {
    return { kind: progress[1] as 'watermark' | 'clock', to: timeOf(progress[2] as string) }
  }
  const record = /^([a-z]+)(\d+) @ (\S+)$/.exec(text)
  if (record === null) throw new SyntaxError(`'${text}' is no step of a case.`)
  const [, key, id, at] = record as unknown as [string, string, string, string]
  return { kind: 'record', record: { key, id: Number(id) }, at: timeOf(at) }
}

function timeOf(text: string): number {
  if (text === 'end') return Number.POSITIVE_INFINITY
  const time = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(time)) throw new SyntaxError(`'${text}' is no time.`)
  return time
}
