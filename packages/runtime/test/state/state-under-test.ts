// A backend beside its plain model: every operation goes to both, and `observe` reads all that the
// backend shows. The places are few, so that operations meet.

import { type Key, keyGroupOf, type KeyGroupRange, type KeyPart } from '@sluice/core/internal'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import type { KeyedStateBackend, TimerDomain } from '../../src/state/state-backend.ts'
import { ITEM_TTL_MS, PlainState, text, VALUE_TTL_MS } from './plain-state.ts'

export const GROUPS = 16
export const keys: readonly Key[] = [
  1,
  2,
  -7.5,
  'a',
  'b',
  '\u0000t',
  'ключ',
  true,
  12345678901234567890n,
  ['x', 1],
  ['x'],
  'long key of a batch',
]
export const namespaces = Array.from({ length: 11 }, (_, index) => index * 1000)
export const itemKeys: readonly KeyPart[] = ['i', 'j', 3, false]

/** The clocks that all backends of a test share. */
export interface Clocks {
  now: number
  watermark: number
}

export function open(clocks: Clocks, range: KeyGroupRange, freezes = false): KeyedStateBackend {
  return createHeapBackend({
    step: 'step',
    subtask: 0,
    maxParallelism: GROUPS,
    range,
    freezes,
    now: () => clocks.now,
    watermark: () => clocks.watermark,
  })
}

export function handlesOf(backend: KeyedStateBackend) {
  const aging = { ttlMs: VALUE_TTL_MS, ttlClock: 'processing' } as const
  const itemAging = { ttlMs: ITEM_TTL_MS, ttlClock: 'event' } as const
  return {
    value: backend.state({ name: 'value', kind: 'value', namespace: 'none' }),
    counter: backend.state({ name: 'counter', kind: 'counter', namespace: 'window' }),
    list: backend.state({ name: 'list', kind: 'list', namespace: 'none' }),
    map: backend.state({ name: 'map', kind: 'map', namespace: 'window' }),
    aged: backend.state({ name: 'aged', kind: 'value', namespace: 'none', ...aging }),
    agedItems: backend.state({ name: 'agedItems', kind: 'map', namespace: 'none', ...itemAging }),
  }
}

export type Handles = ReturnType<typeof handlesOf>

/** All that the backend shows of keys in its range, as sorted lines. Fires all its timers. */
export function observe(backend: KeyedStateBackend): string[] {
  const handles = handlesOf(backend)
  const lines: string[] = []
  for (const key of keys) {
    const group = keyGroupOf(key, GROUPS)
    if (group < backend.range.first || group > backend.range.last) continue
    backend.setKey(key, -1)
    backend.setNamespace(0)
    observeKey(handles, key, lines)
    for (const namespace of namespaces) {
      backend.setNamespace(namespace)
      observeNamespace(handles, key, namespace, lines)
    }
  }
  for (const domain of ['event', 'processing'] as const) observeTimers(backend, domain, lines)
  return lines.sort()
}

function observeKey(handles: Handles, key: Key, lines: string[]): void {
  const id = text(key)
  const { value, list, aged, agedItems } = handles
  if (value.get() !== undefined) lines.push(`value ${id} = ${text(value.get())}`)
  if (list.length > 0) lines.push(`list ${id} = ${text([...list])}`)
  if (aged.get() !== undefined) lines.push(`aged ${id} = ${text(aged.get())}`)
  for (const [item, each] of agedItems) lines.push(`agedItems ${id} ${text(item)} = ${text(each)}`)
}

function observeNamespace(handles: Handles, key: Key, namespace: number, lines: string[]): void {
  const id = `${text(key)} ${namespace}`
  const { counter, map } = handles
  if (counter.get() !== 0) lines.push(`counter ${id} = ${text(counter.get())}`)
  for (const [item, each] of map) lines.push(`map ${id} ${text(item)} = ${text(each)}`)
  if (map.size !== [...map.keys()].length) lines.push(`map ${id} has another size`)
}

function observeTimers(backend: KeyedStateBackend, domain: TimerDomain, lines: string[]): void {
  let last = Number.NEGATIVE_INFINITY
  backend.fireTimers(domain, Number.MAX_VALUE, 1e6, (time, key, namespace) => {
    if (time < last) lines.push(`${domain} timers are out of order`)
    last = time
    lines.push(`${domain} timer ${text(key)} ${namespace} ${time}`)
  })
}

/** A change of state, by indices into the places above. */
export interface Change {
  readonly kind:
    | 'set'
    | 'clear'
    | 'count'
    | 'uncount'
    | 'push'
    | 'setList'
    | 'clearList'
    | 'setItem'
    | 'deleteItem'
    | 'clearMap'
    | 'setAged'
    | 'setAgedItem'
    | 'setTimer'
    | 'deleteTimer'
  readonly key: number
  readonly namespace: number
  readonly item: number
  readonly value: number
}

/** Applies a change to backend and model. */
export function apply(
  change: Change,
  backend: KeyedStateBackend,
  handles: Handles,
  plain: PlainState,
  clocks: Clocks,
): void {
  const key = keys[change.key % keys.length] as Key
  const namespace = namespaces[change.namespace % namespaces.length] as number
  const item = itemKeys[change.item % itemKeys.length] as KeyPart
  const { value } = change
  const windowId = `${text(key)} ${namespace}`
  const id = text(key)
  backend.setKey(key, value % 2 === 0 ? -1 : keyGroupOf(key, GROUPS))
  backend.setNamespace(namespace)
  const domain: TimerDomain = value % 2 === 0 ? 'event' : 'processing'
  const time = (value >> 1) * 5
  switch (change.kind) {
    case 'set': {
      const stored = { n: value, tags: [`tag-${value}-long-enough-to-be-cut`], none: undefined }
      handles.value.set(stored)
      return plain.set(`value ${id}`, stored, 0)
    }
    case 'clear':
      handles.value.clear()
      plain.cells.delete(`value ${id}`)
      return
    case 'count':
      handles.counter.set(handles.counter.get() + value + 1)
      return plain.set(
        `counter ${windowId}`,
        ((plain.cells.get(`counter ${windowId}`)?.value ?? 0) as number) + value + 1,
        0,
      )
    case 'uncount':
      handles.counter.clear()
      plain.cells.delete(`counter ${windowId}`)
      return
    case 'push': {
      handles.list.push(value)
      const items = (plain.cells.get(`list ${id}`)?.value ?? []) as number[]
      return plain.set(`list ${id}`, [...items, value], 0)
    }
    case 'setList':
      handles.list.set([value, 'x'])
      return plain.set(`list ${id}`, [value, 'x'], 0)
    case 'clearList':
      handles.list.clear()
      plain.cells.delete(`list ${id}`)
      return
    case 'setItem':
      handles.map.set(item, { value })
      return plain.set(`map ${windowId} ${text(item)}`, { value }, 0)
    case 'deleteItem':
      handles.map.delete(item)
      plain.cells.delete(`map ${windowId} ${text(item)}`)
      return
    case 'clearMap':
      handles.map.clear()
      for (const each of itemKeys) plain.cells.delete(`map ${windowId} ${text(each)}`)
      return
    case 'setAged':
      handles.aged.set(value)
      return plain.set(`aged ${id}`, value, clocks.now)
    case 'setAgedItem':
      handles.agedItems.set(item, value)
      return plain.set(`agedItems ${id} ${text(item)}`, value, clocks.watermark)
    case 'setTimer':
      backend.setTimer(domain, time)
      plain.timers[domain].set(plain.timerId(time, key, namespace), { time, key, namespace })
      return
    case 'deleteTimer':
      backend.deleteTimer(domain, time)
      plain.timers[domain].delete(plain.timerId(time, key, namespace))
      return
  }
}
