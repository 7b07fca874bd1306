// Sessions: windows that grow while records of their key come closely enough, and that a record
// between two of them makes one. Per key the state `sessions` holds a row of numbers: the time of
// the next timer, then for each session, in order of time, the fields below and the slots of its
// trigger. The content of a session has its id as namespace: the time of its first record, which
// no other session of the key can have while it lives. When two sessions become one, the earlier
// keeps its id and takes the other's content. A key has one timer, and all that is due is done.

import type { Key } from '../../key/key.ts'
import type { Operator } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { ValueState } from '../../state/handle.ts'
import type { SessionWindow } from '../definition/session.ts'
import { noWindow } from '../grid.ts'
import { TriggerMachine, type TriggerSlot } from '../trigger/trigger-machine.ts'
import { LATEST_TIME_MS, type WindowTime } from '../window.ts'
import { TriggerTime } from './trigger-time.ts'
import { WindowSetting, type WindowStep } from './window-setting.ts'

const sessionsState = { name: 'sessions', kind: 'value', namespace: 'none' } as const

/** The states beside the contents of sessions. */
export const sessionStates: readonly StateDescriptor[] = [sessionsState]

type Row = TriggerSlot[]

/** The row of a key with one session whose trigger has no slots. */
type OnlySession = [
  next: number,
  start: number,
  end: number,
  firings: number,
  id: number,
  toldEnd: number,
]

// Places in a row: the next timer, then of each session:
const FIRST = 1
const START = 0
const END = 1
const FIRINGS = 2
const ID = 3
/** The end for which the trigger has been told that it has come; minus infinity for none. */
const TOLD_END = 4
const SLOTS = 5

const NEVER = Number.POSITIVE_INFINITY
const UNTOLD = Number.NEGATIVE_INFINITY

/** An operator for one subtask. */
export function createSessionOperator(window: SessionWindow, step: WindowStep): Operator {
  return new SessionOperator(window, step).operator()
}

class SessionOperator {
  readonly #window: SessionWindow
  readonly #gapOf: (value: unknown) => number
  readonly #step: WindowStep
  readonly #machine: TriggerMachine
  /** Numbers per session. */
  readonly #width: number
  #setting!: WindowSetting
  #clocks!: TriggerTime
  #state!: ValueState<Row>

  constructor(window: SessionWindow, step: WindowStep) {
    const { gapMs } = window
    this.#window = window
    this.#gapOf = gapMs === undefined ? (window.gapOf as (value: unknown) => number) : () => gapMs
    this.#step = step
    this.#machine = new TriggerMachine(window.trigger)
    this.#width = SLOTS + this.#machine.slots
  }

  operator(): Operator {
    return {
      open: (host) => {
        this.#setting = new WindowSetting(host, this.#step, this.#window.time)
        this.#clocks = new TriggerTime(host)
        this.#state = host.state(sessionsState) as unknown as ValueState<Row>
      },
      onRecord: (value, timestamp) => this.#add(value, timestamp),
      onEventTimer: (time, key) => this.#onTimer('event', time, key),
      onProcessingTimer: (time, key) => this.#onTimer('processing', time, key),
    }
  }

  #add(value: unknown, timestamp: number): void {
    const setting = this.#setting
    const start = setting.timeOf(timestamp) + 0
    if (!(start >= -LATEST_TIME_MS && start <= LATEST_TIME_MS)) throw noWindow(start)
    const end = start + this.#gapOf(value)
    const progress = setting.progress()
    const stored = this.#state.get() as Row | undefined
    if (this.#addToOnly(stored, value, start, end, progress)) return
    const row = stored === undefined ? [NEVER] : [...stored]
    const at = this.#placeOf(row, start)
    const touched = this.#touched(row, at, end)
    if (touched === 0) {
      if (progress >= end - 1 + this.#window.allowedLatenessMs) {
        setting.late(value, timestamp)
        return
      }
      row.splice(at, 0, start, end, 0, start, UNTOLD, ...this.#machine.fresh())
    } else {
      if (touched > 1) this.#join(row, at, touched)
      row[at + START] = Math.min(row[at + START] as number, start)
      row[at + END] = Math.max(row[at + END] as number, end)
    }
    this.#addTo(row, at, value, timestamp, progress)
    this.#awaitNext(row, this.#dueOf(row, at), row[0] as number)
    this.#state.set(row)
  }

  /**
   * Most records: they fall into the only session of their key, which is not over with them, and
   * no trigger but the end waits. False, with nothing done, for others.
   */
  #addToOnly(
    row: Row | undefined,
    value: unknown,
    start: number,
    end: number,
    progress: number,
  ): boolean {
    if (row === undefined || row.length !== FIRST + SLOTS) return false
    // Places written out: the row is made by one expression below.
    const [waiting, from, until, firings, id, told] = row as number[] as OnlySession
    if (!(start < until && end > from)) return false
    const newUntil = end > until ? end : until
    if (progress >= newUntil - 1 || waiting > newUntil - 1) return false
    this.#setting.host.setNamespace(id)
    this.#step.contents.add(value)
    const newFrom = start < from ? start : from
    if (newFrom !== from || newUntil !== until || told !== UNTOLD) {
      this.#state.set([waiting, newFrom, newUntil, firings, id, UNTOLD])
    }
    return true
  }

  /** The place of the first session that ends after `start`, or of the end of the row. */
  #placeOf(row: Row, start: number): number {
    let at = row.length
    // From the newest: records mostly belong there.
    while (at > FIRST && (row[at - this.#width + END] as number) > start) at -= this.#width
    return at
  }

  /** How many sessions from a place on begin before `end`. */
  #touched(row: Row, from: number, end: number): number {
    let at = from
    while (at < row.length && (row[at + START] as number) < end) at += this.#width
    return (at - from) / this.#width
  }

  /** Makes one session of several that stand side by side. */
  #join(row: Row, at: number, sessions: number): void {
    const { contents } = this.#step
    const { host } = this.#setting
    const width = this.#width
    let filled = false
    contents.beginMerge()
    for (let other = at; other < at + sessions * width; other += width) {
      host.setNamespace(row[other + ID] as number)
      if (contents.mergeIn()) filled = true
      if (other === at) continue
      contents.clear()
      row[at + END] = row[other + END] as number
      row[at + FIRINGS] = Math.max(row[at + FIRINGS] as number, row[other + FIRINGS] as number)
      this.#machine.merge(row, at + SLOTS, row, other + SLOTS)
    }
    host.setNamespace(row[at + ID] as number)
    if (filled) contents.storeMerged()
    row.splice(at + width, (sessions - 1) * width)
  }

  #addTo(row: Row, at: number, value: unknown, timestamp: number, progress: number): void {
    const { host } = this.#setting
    host.setNamespace(row[at + ID] as number)
    this.#step.contents.add(value)
    if (this.#machine.slots > 0) {
      host.setNamespace(0)
      this.#machine.countRecord(row, at + SLOTS, this.#clocks.at(timestamp))
    }
    const ended = progress >= (row[at + END] as number) - 1
    row[at + TOLD_END] = ended ? (row[at + END] as number) : UNTOLD
    if (this.#machine.fires(row, at + SLOTS, ended)) this.#fire(this.#step.keyOf(value), row, at)
  }

  /** Emits a session and begins its trigger anew. */
  #fire(key: Key, row: Row, at: number): void {
    const { contents } = this.#step
    const { host } = this.#setting
    host.setNamespace(row[at + ID] as number)
    if (contents.firings() >= 0) {
      const [start, end] = [row[at + START] as number, row[at + END] as number]
      const window = { start, end, firing: row[at + FIRINGS] as number }
      this.#setting.emit(key, window, contents.result({ key, window }), end - 1)
      row[at + FIRINGS] = window.firing + 1
      if (this.#window.firings === 'discarding') contents.clear()
    }
    this.#machine.fresh().forEach((slot, index) => {
      row[at + SLOTS + index] = slot
    })
  }

  /** When something is to be done for a session: its end, or the end of its lateness. */
  #dueOf(row: Row, at: number): number {
    const end = row[at + END] as number
    const waits = this.#machine.usesEnd && row[at + TOLD_END] !== end
    return waits ? end - 1 : end - 1 + this.#window.allowedLatenessMs
  }

  /** Sets the timer of the key unless one comes no later. */
  #awaitNext(row: Row, due: number, waiting: number): void {
    if (due >= waiting) return
    row[0] = due
    this.#setting.host.setNamespace(0)
    this.#setting.setTimer(due)
  }

  /** Most timers: the only session of the key has grown, and goes on. False for others. */
  #waitsOn(row: Row, seen: number): boolean {
    if (row.length !== FIRST + SLOTS) return false
    const [waiting, start, end, firings, id, told] = row as number[] as OnlySession
    if (waiting > seen || seen >= end - 1 || told === end) return false
    this.#setting.host.setNamespace(0)
    this.#setting.setTimer(end - 1)
    this.#state.set([end - 1, start, end, firings, id, told])
    return true
  }

  #onTimer(domain: WindowTime, time: number, key: Key): void {
    const stored = this.#state.get() as Row | undefined
    if (stored === undefined) return
    const isOwn = domain === this.#window.time
    const seen = isOwn ? (domain === 'event' ? time : time - 1) : this.#setting.progress()
    if (isOwn && this.#waitsOn(stored, seen)) return
    const row = [...stored]
    let next = NEVER
    for (let at = FIRST; at < row.length; ) {
      const isDue = this.#machine.noteTime(row, at + SLOTS, domain, time)
      const end = row[at + END] as number
      const ends = isOwn && seen >= end - 1 && row[at + TOLD_END] !== end
      if (ends) row[at + TOLD_END] = end
      if ((ends || isDue) && this.#machine.fires(row, at + SLOTS, seen >= end - 1)) {
        this.#fire(key, row, at)
      }
      if (isOwn && seen >= end - 1 + this.#window.allowedLatenessMs) {
        this.#setting.host.setNamespace(row[at + ID] as number)
        this.#step.contents.clear()
        row.splice(at, this.#width)
        continue
      }
      next = Math.min(next, this.#dueOf(row, at))
      at += this.#width
    }
    if (row.length === FIRST) {
      this.#state.clear()
      return
    }
    const waiting = row[0] as number
    this.#awaitNext(row, next, isOwn && waiting <= seen ? NEVER : waiting)
    this.#state.set(row)
  }
}
