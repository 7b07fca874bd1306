// Windows of so many records of a key. They are cut into panes of equal numbers of records, which a
// firing puts together; the namespace of a pane is its number. `records` counts what came.

import type { Operator } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { CounterState, ValueState } from '../../state/handle.ts'
import type { CountWindow } from '../definition/counted.ts'
import { greatestDivisor } from '../definition/sliding.ts'
import { WindowSetting, type WindowStep } from './window-setting.ts'

const recordsState = { name: 'count', kind: 'counter', namespace: 'none' } as const
const firingsState = { name: 'count-firings', kind: 'value', namespace: 'none' } as const

/** The states beside the contents of panes. */
export function countStates({ records, every }: CountWindow): readonly StateDescriptor[] {
  return records === every ? [recordsState] : [recordsState, firingsState]
}

/** An operator for one subtask. */
export function createCountOperator(window: CountWindow, step: WindowStep): Operator {
  return window.records === window.every ? tumbling(window.records, step) : sliding(window, step)
}

/** Each window is one pane, and gone when it has fired. */
function tumbling(size: number, step: WindowStep): Operator {
  const { contents, keyOf } = step
  const window = { firing: 0 }
  let setting: WindowSetting
  let records: CounterState
  return {
    open(host) {
      setting = new WindowSetting(host, step, 'event')
      records = host.state(recordsState)
    },

    onRecord(value, timestamp) {
      setting.host.setNamespace(0)
      contents.add(value)
      const count = records.get() + 1
      if (count < size) {
        records.set(count)
        return
      }
      const key = keyOf(value)
      setting.emit(key, window, contents.result({ key, window }), timestamp)
      contents.clear()
      records.clear()
    },
  }
}

function sliding({ records: size, every }: CountWindow, step: WindowStep): Operator {
  const { contents, keyOf } = step
  const paneSize = greatestDivisor(size, every)
  const panes = size / paneSize
  const stride = every / paneSize
  let setting: WindowSetting
  let records: CounterState
  let firings: ValueState<number>

  /** Drops the panes below one, as far as the firing before this one, `stride` ago, left them. */
  function dropBelow(first: number, newest: number): void {
    const leftFrom = newest + 1 - Math.max(panes, stride)
    for (let pane = Math.max(0, leftFrom); pane < Math.min(first, newest + 1); pane++) {
      setting.host.setNamespace(pane)
      contents.clear()
    }
  }

  return {
    open(host) {
      setting = new WindowSetting(host, step, 'event')
      records = host.state(recordsState)
      firings = host.state(firingsState) as unknown as ValueState<number>
    },

    onRecord(value, timestamp) {
      const before = records.get()
      const newest = Math.floor(before / paneSize)
      setting.host.setNamespace(newest)
      contents.add(value)
      records.set(before + 1)
      if ((before + 1) % every !== 0) return
      contents.beginMerge()
      for (let pane = Math.max(0, newest + 1 - panes); pane <= newest; pane++) {
        setting.host.setNamespace(pane)
        contents.mergeIn()
      }
      const key = keyOf(value)
      const firing = firings.get() ?? 0
      const window = { firing }
      firings.set(firing + 1)
      setting.emit(key, window, contents.mergedResult({ key, window }), timestamp)
      dropBelow(newest + 1 + stride - panes, newest)
    },
  }
}
