// Windows that share nothing, fire at their end, and again for each record that is late but
// allowed: tumbling ones, and sliding ones with gaps between them. The namespace is the start of
// the window. A window fires at its last millisecond and is cleared when the allowed lateness is
// over. What comes later than that goes to the late output. (Semantics: Flink's WindowOperator.)

import type { Key } from '../../key/key.ts'
import type { Operator } from '../../operator/host.ts'
import type { WindowGrid } from '../grid.ts'
import type { WindowTime } from '../window.ts'
import { WindowSetting, type WindowStep } from './window-setting.ts'

interface TumblingFacts {
  readonly time: WindowTime
  readonly allowedLatenessMs: number
}

/** An operator for one subtask. */
export function createTumblingOperator(
  grid: WindowGrid,
  { time, allowedLatenessMs }: TumblingFacts,
  step: WindowStep,
): Operator {
  const { contents, keyOf } = step
  let setting: WindowSetting
  let dropped: { add(): void }
  // The window of the record before, or the gap: records mostly belong to the same one.
  let from = Number.NaN
  let until = Number.NaN
  let namespace = Number.NaN
  let lastMs = Number.NaN
  let clearsAt = Number.NaN

  function seek(instant: number): void {
    namespace = grid.pane(instant)
    if (Number.isNaN(namespace)) {
      from = instant
      until = grid.gapEnd(instant)
      return
    }
    from = grid.instant(namespace)
    until = grid.instant(namespace + grid.sizeMs)
    lastMs = until - 1
    clearsAt = lastMs + allowedLatenessMs
  }

  /** Emits the window in hand. */
  function fire(key: Key, start: number, end: number, firing: number): void {
    const window = { start, end, firing }
    setting.emit(key, window, contents.result({ key, window }), end - 1)
  }

  function onTimer(instant: number, key: Key, start: number): void {
    const firing = contents.firings()
    if (firing < 0) return
    const end = grid.instant(start + grid.sizeMs)
    const last = end - 1
    if (instant === last) fire(key, grid.instant(start), end, firing)
    if (instant >= last + allowedLatenessMs) {
      contents.clear()
    } else {
      // Also where a timer was set under a shorter lateness, before the job was changed.
      setting.setTimer(last + allowedLatenessMs)
      if (instant === last) contents.setFirings(firing + 1)
    }
  }

  return {
    open(host) {
      setting = new WindowSetting(host, step, time)
      dropped = host.metrics.counter('records-between-windows')
    },

    onRecord(value, timestamp) {
      const instant = setting.timeOf(timestamp)
      if (!(instant >= from && instant < until)) seek(instant)
      if (namespace !== namespace) {
        dropped.add()
        return
      }
      const progress = setting.progress()
      if (progress >= clearsAt) {
        setting.late(value, timestamp)
        return
      }
      setting.host.setNamespace(namespace)
      const firing = contents.add(value)
      if (firing === 0 && progress < lastMs) return
      if (progress >= lastMs) {
        if (firing < 0) setting.setTimer(clearsAt)
        const count = Math.max(firing, 0)
        fire(keyOf(value), from, until, count)
        contents.setFirings(count + 1)
      } else {
        // A window that begins; or one that fired before a restore at another parallelism took the
        // watermark back.
        setting.setTimer(lastMs)
      }
    },

    ...timerCall(time, onTimer),
  }
}

/** The member of an operator that its clock calls, with the instant that has been seen. */
export function timerCall(
  time: WindowTime,
  onTimer: (instant: number, key: Key, namespace: number) => void,
): Pick<Operator, 'onEventTimer' | 'onProcessingTimer'> {
  if (time === 'event') return { onEventTimer: onTimer }
  return { onProcessingTimer: (due, key, namespace) => onTimer(due - 1, key, namespace) }
}
