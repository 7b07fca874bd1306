// Handles of state for the fake host: plain Maps by a text that stands for the place (key and
// namespace) in hand. What is stored is frozen, so that an operator that changes it in place fails.

import { keyFromMapKey, mapKey } from '../../src/key/map-key.ts'
import type { KeyPart } from '../../src/key/key.ts'

/** What one state holds, by place. */
export type FakeEntries = Map<string, unknown>

/** Freezes a value all the way down; bytes, dates, Maps and Sets stay as they are. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const each of Object.values(value)) frozen(each)
  return value
}

export function fakeValue(entries: FakeEntries, place: () => string, first?: unknown) {
  return {
    get: () => entries.get(place()) ?? first,
    set: (value: unknown) => entries.set(place(), frozen(value)),
    clear: () => entries.delete(place()),
  }
}

export function fakeList(entries: FakeEntries, place: () => string) {
  const items = () => (entries.get(place()) ?? []) as readonly unknown[]
  return {
    get length() {
      return items().length
    },
    at: (index: number) => items().at(index),
    push: (value: unknown) => entries.set(place(), [...items(), frozen(value)]),
    set: (values: readonly unknown[]) => {
      if (values.length === 0) entries.delete(place())
      else entries.set(place(), frozen([...values]))
    },
    clear: () => entries.delete(place()),
    [Symbol.iterator]: () => items()[Symbol.iterator](),
  }
}

export function fakeMap(entries: FakeEntries, place: () => string) {
  type Items = ReadonlyMap<KeyPart, unknown>
  const items = () => (entries.get(place()) ?? new Map()) as Items
  const keep = (kept: Items) => {
    if (kept.size === 0) entries.delete(place())
    else entries.set(place(), kept)
  }
  const keys = () => [...items().keys()].map((key) => keyFromMapKey(key))
  return {
    get size() {
      return items().size
    },
    get: (key: KeyPart) => items().get(mapKey(key)),
    has: (key: KeyPart) => items().has(mapKey(key)),
    set: (key: KeyPart, value: unknown) =>
      keep(new Map([...items(), [mapKey(key), frozen(value)]])),
    delete: (key: KeyPart) => {
      const kept = new Map(items())
      const was = kept.delete(mapKey(key))
      if (was) keep(kept)
      return was
    },
    keys,
    values: () => items().values(),
    clear: () => entries.delete(place()),
    [Symbol.iterator]: () =>
      keys()
        .map((key) => [key, items().get(mapKey(key))])
        [Symbol.iterator](),
  }
}
