// A backend beside its plain model: every operation goes to both, and `observe` reads all that the
// backend shows. The places are few, so that operations meet.

import { expect } from 'vitest'
import { type Key, keyGroupOf, type KeyGroupRange, type KeyPart } from '@sluice/core/internal'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import type {
  KeyedStateBackend,
  SegmentRef,
  StateBackendOptions,
  TimerDomain,
} from '../../src/state/state-backend.ts'
import { ITEM_TTL_MS, PlainState, READ_TTL_MS, text, VALUE_TTL_MS } from './plain-state.ts'

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
  0,
  -4,
  2 ** 31 - 1,
  2 ** 31,
]
export const namespaces = Array.from({ length: 11 }, (_, index) => index * 1000)
export const itemKeys: readonly KeyPart[] = ['i', 'j', 3, false]

/** The clocks that all backends of a test share. */
export interface Clocks {
  now: number
  watermark: number
}

/** Makes an empty backend, or one that has a copy of what is going to be restored. */
export type CreateBackend = (
  options: StateBackendOptions,
  restored: readonly SegmentRef[],
) => KeyedStateBackend

/** A heap backend. */
export function open(clocks: Clocks, range: KeyGroupRange, freezes = false): KeyedStateBackend {
  return openWith(createHeapBackend, clocks, range, freezes)
}

export function openWith(
  create: CreateBackend,
  clocks: Clocks,
  range: KeyGroupRange,
  freezes = false,
  restored: readonly SegmentRef[] = [],
): KeyedStateBackend {
  return create(backendOptions(clocks, range, freezes), restored)
}

/** Without a range a backend has all key groups. */
export function backendOptions(
  clocks: Readonly<Clocks>,
  range: KeyGroupRange = { first: 0, last: GROUPS - 1 },
  freezes = false,
): StateBackendOptions {
  return {
    step: 'step',
    subtask: 0,
    maxParallelism: GROUPS,
    range,
    freezes,
    now: () => clocks.now,
    watermark: () => clocks.watermark,
  }
}

export function handlesOf(backend: KeyedStateBackend) {
  const aging = { ttlMs: VALUE_TTL_MS, ttlClock: 'processing' } as const
  const itemAging = { ttlMs: ITEM_TTL_MS, ttlClock: 'event' } as const
  const reading = { ttlMs: READ_TTL_MS, ttlRefresh: 'read-and-write' } as const
  return {
    value: backend.state({ name: 'value', kind: 'value', namespace: 'none' }),
    tally: backend.state({ name: 'tally', kind: 'counter', namespace: 'none' }),
    counter: backend.state({ name: 'counter', kind: 'counter', namespace: 'window' }),
    sums: backend.state({ name: 'sums', kind: 'value', namespace: 'window' }),
    list: backend.state({ name: 'list', kind: 'list', namespace: 'none' }),
    map: backend.state({ name: 'map', kind: 'map', namespace: 'window' }),
    aged: backend.state({ name: 'aged', kind: 'value', namespace: 'none', ...aging }),
    agedItems: backend.state({ name: 'agedItems', kind: 'map', namespace: 'none', ...itemAging }),
    met: backend.state({ name: 'met', kind: 'list', namespace: 'none', ...reading }),
    metItems: backend.state({
      ...reading,
      name: 'metItems',
      kind: 'map',
      namespace: 'none',
      ttlClock: 'event',
    }),
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
  const { value, tally, list, aged, agedItems, met, metItems } = handles
  if (tally.get() !== 0) lines.push(`tally ${id} = ${text(tally.get())}`)
  if (value.get() !== undefined) lines.push(`value ${id} = ${text(value.get())}`)
  if (list.length > 0) lines.push(`list ${id} = ${text([...list])}`)
  if (aged.get() !== undefined) lines.push(`aged ${id} = ${text(aged.get())}`)
  for (const [item, each] of agedItems) lines.push(`agedItems ${id} ${text(item)} = ${text(each)}`)
  if (met.length > 0) lines.push(`met ${id} = ${text([...met])}`)
  for (const [item, each] of metItems) lines.push(`metItems ${id} ${text(item)} = ${text(each)}`)
}

function observeNamespace(handles: Handles, key: Key, namespace: number, lines: string[]): void {
  const id = `${text(key)} ${namespace}`
  const { counter, map, sums } = handles
  if (sums.get() !== undefined) lines.push(`sums ${id} = ${text(sums.get())}`)
  if (counter.get() !== 0) lines.push(`counter ${id} = ${text(counter.get())}`)
  for (const [item, each] of map) lines.push(`map ${id} ${text(item)} = ${text(each)}`)
  if (map.size !== [...map.keys()].length) lines.push(`map ${id} has another size`)
}

function observeTimers(backend: KeyedStateBackend, domain: TimerDomain, lines: string[]): void {
  let last = Number.NEGATIVE_INFINITY
  backend.fireTimers(domain, Number.POSITIVE_INFINITY, 1e6, (time, key, namespace) => {
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
    | 'tally'
    | 'untally'
    | 'count'
    | 'uncount'
    | 'sum'
    | 'unsum'
    | 'push'
    | 'setList'
    | 'clearList'
    | 'setItem'
    | 'deleteItem'
    | 'clearMap'
    | 'setAged'
    | 'setAgedItem'
    | 'pushMet'
    | 'setMetItem'
    | 'meet'
    | 'look'
    | 'setTimer'
    | 'deleteTimer'
  readonly key: number
  readonly namespace: number
  readonly item: number
  readonly value: number
}

/** What a change is about, spelled out. */
interface Target {
  readonly backend: KeyedStateBackend
  readonly handles: Handles
  readonly plain: PlainState
  readonly clocks: Clocks
  readonly key: Key
  readonly namespace: number
  readonly item: KeyPart
  readonly value: number
}

type Application = (target: Target) => void

function windowId({ key, namespace }: Target): string {
  return `${text(key)} ${namespace}`
}

function domainOf({ value }: Target): TimerDomain {
  return value % 2 === 0 ? 'event' : 'processing'
}

function timeOf({ value }: Target): number {
  return (value >> 1) * 5
}

function sumsOf(value: number): unknown {
  const others = [[], 'text', { value }, [value, 'x'], Array.from({ length: 12 }, () => value)]
  if (value < others.length) return others[value]
  return value % 4 === 0 ? value + 0.5 : Array.from({ length: value % 4 }, () => value / 2)
}

const applications: Readonly<Record<Change['kind'], Application>> = {
  set({ handles, plain, key, value }) {
    const place = `value ${text(key)}`
    expect(handles.value.get()).toEqual(plain.cells.get(place)?.value)
    const object = { n: value, tags: [`tag-${value}-long-enough-to-be-cut`], none: undefined }
    const stored = value % 3 === 0 ? object : sumsOf(value)
    handles.value.set(stored)
    plain.set(place, stored, 0)
  },
  clear({ handles, plain, key }) {
    handles.value.clear()
    plain.cells.delete(`value ${text(key)}`)
  },
  tally({ handles, plain, key, value }) {
    const place = `tally ${text(key)}`
    handles.tally.set(handles.tally.get() + value + 0.5)
    plain.set(place, ((plain.cells.get(place)?.value ?? 0) as number) + value + 0.5, 0)
  },
  untally({ handles, plain, key }) {
    handles.tally.clear()
    plain.cells.delete(`tally ${text(key)}`)
  },
  count(target) {
    const { handles, plain, value } = target
    const place = `counter ${windowId(target)}`
    handles.counter.set(handles.counter.get() + value + 1)
    plain.set(place, ((plain.cells.get(place)?.value ?? 0) as number) + value + 1, 0)
  },
  uncount(target) {
    target.handles.counter.clear()
    target.plain.cells.delete(`counter ${windowId(target)}`)
  },
  /** Numbers, a few of them, more than a few, and what is no number. */
  sum(target) {
    const { handles, plain, value } = target
    const place = `sums ${windowId(target)}`
    expect(handles.sums.get()).toEqual(plain.cells.get(place)?.value)
    const stored = sumsOf(value)
    handles.sums.set(stored)
    plain.set(place, stored, 0)
  },
  unsum(target) {
    target.handles.sums.clear()
    target.plain.cells.delete(`sums ${windowId(target)}`)
  },
  push({ handles, plain, key, value }) {
    const place = `list ${text(key)}`
    handles.list.push(value)
    plain.set(place, [...((plain.cells.get(place)?.value ?? []) as unknown[]), value], 0)
  },
  setList({ handles, plain, key, value }) {
    handles.list.set([value, 'x'])
    plain.set(`list ${text(key)}`, [value, 'x'], 0)
  },
  clearList({ handles, plain, key }) {
    handles.list.clear()
    plain.cells.delete(`list ${text(key)}`)
  },
  setItem(target) {
    const { handles, plain, item, value } = target
    handles.map.set(item, { value })
    plain.set(`map ${windowId(target)} ${text(item)}`, { value }, 0)
  },
  deleteItem(target) {
    target.handles.map.delete(target.item)
    target.plain.cells.delete(`map ${windowId(target)} ${text(target.item)}`)
  },
  clearMap(target) {
    target.handles.map.clear()
    for (const each of itemKeys) target.plain.cells.delete(`map ${windowId(target)} ${text(each)}`)
  },
  setAged({ handles, plain, clocks, key, value }) {
    handles.aged.set(value)
    plain.set(`aged ${text(key)}`, value, clocks.now)
  },
  setAgedItem({ handles, plain, clocks, key, item, value }) {
    handles.agedItems.set(item, value)
    plain.set(`agedItems ${text(key)} ${text(item)}`, value, clocks.watermark)
  },
  pushMet({ handles, plain, clocks, key, value }) {
    const place = `met ${text(key)}`
    handles.met.push(value)
    plain.set(place, [...((plain.get(place, clocks) ?? []) as unknown[]), value], clocks.now)
  },
  setMetItem({ handles, plain, clocks, key, item, value }) {
    handles.metItems.set(item, value)
    plain.set(`metItems ${text(key)} ${text(item)}`, value, clocks.watermark)
  },
  meet({ handles, plain, clocks, key, item }) {
    const list = `met ${text(key)}`
    const elements = plain.get(list, clocks)
    expect(handles.met.at(0)).toEqual((elements as unknown[] | undefined)?.[0])
    if (elements !== undefined) plain.set(list, elements, clocks.now)
    const place = `metItems ${text(key)} ${text(item)}`
    const value = plain.get(place, clocks)
    expect(handles.metItems.get(item)).toEqual(value)
    if (value !== undefined) plain.set(place, value, clocks.watermark)
  },
  look({ handles, plain, clocks, key, item }) {
    expect(handles.aged.get()).toEqual(plain.get(`aged ${text(key)}`, clocks))
    const elements = plain.get(`met ${text(key)}`, clocks) as unknown[] | undefined
    expect(handles.met.length).toBe(elements?.length ?? 0)
    const value = plain.get(`agedItems ${text(key)} ${text(item)}`, clocks)
    expect(handles.agedItems.has(item)).toBe(value !== undefined)
  },
  setTimer(target) {
    const { backend, plain, key, namespace } = target
    const time = timeOf(target)
    backend.setTimer(domainOf(target), time)
    const id = plain.timerId(time, key, namespace)
    plain.timers[domainOf(target)].set(id, { time, key, namespace })
  },
  deleteTimer(target) {
    const { backend, plain, key, namespace } = target
    const time = timeOf(target)
    backend.deleteTimer(domainOf(target), time)
    plain.timers[domainOf(target)].delete(plain.timerId(time, key, namespace))
  },
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
  backend.setKey(key, value % 2 === 0 ? -1 : keyGroupOf(key, GROUPS))
  backend.setNamespace(namespace)
  applications[change.kind]({ backend, handles, plain, clocks, key, namespace, item, value })
}
