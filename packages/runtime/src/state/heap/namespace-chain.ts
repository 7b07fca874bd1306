// A key's entries in several namespaces: a short chain, newest first, because records mostly belong
// to the newest window; an index by namespace where a key has many (panes of a sliding window).

import type { KeyPart } from '@sluice/core/internal'
import { Entry, NamespaceIndex, type Slot } from './cell.ts'

/** A chain that grows beyond this becomes an index. */
const LONGEST_CHAIN = 8

type KeyMap = Map<KeyPart, Slot>

/** The entry of a namespace; undefined where there is none. */
export function findIn(slot: Slot, namespace: number): Entry | undefined {
  if (slot instanceof NamespaceIndex) return slot.find(namespace)
  for (let entry: Entry | undefined = slot; entry !== undefined; entry = entry.next) {
    if (entry.namespace === namespace) return entry
  }
  return undefined
}

/** All entries of a key, in the order in which `addLast` rebuilds the same slot. */
export function entriesOf(slot: Slot): Entry[] {
  if (slot instanceof NamespaceIndex) return [...slot.entries.values()]
  const entries: Entry[] = []
  for (let entry: Entry | undefined = slot; entry !== undefined; entry = entry.next) {
    entries.push(entry)
  }
  return entries
}

/** Adds a new entry where a look finds it soonest. */
export function addFirst(map: KeyMap, entry: Entry): void {
  const slot = map.get(entry.mapKey)
  if (slot === undefined) map.set(entry.mapKey, entry)
  else if (slot instanceof NamespaceIndex) slot.add(entry)
  else if (isFull(slot)) map.set(entry.mapKey, indexOf(slot, entry))
  else {
    entry.next = slot
    map.set(entry.mapKey, entry)
  }
}

/** Adds an entry behind all others of its key. */
export function addLast(map: KeyMap, entry: Entry): void {
  const slot = map.get(entry.mapKey)
  if (slot === undefined) map.set(entry.mapKey, entry)
  else if (slot instanceof NamespaceIndex) slot.add(entry)
  else if (isFull(slot)) map.set(entry.mapKey, indexOf(slot, entry))
  else {
    let last = slot
    while (last.next !== undefined) last = last.next
    last.next = entry
  }
}

export function removeFrom(map: KeyMap, entry: Entry): void {
  const slot = map.get(entry.mapKey)
  if (slot === undefined) return
  if (slot instanceof NamespaceIndex) {
    slot.remove(entry)
    if (slot.entries.size === 0) map.delete(entry.mapKey)
  } else if (slot === entry) {
    if (entry.next === undefined) map.delete(entry.mapKey)
    else map.set(entry.mapKey, entry.next)
  } else {
    let before = slot
    while (before.next !== entry && before.next !== undefined) before = before.next
    before.next = entry.next
  }
  entry.next = undefined
}

function isFull(first: Entry): boolean {
  let length = 0
  for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) length++
  return length >= LONGEST_CHAIN
}

function indexOf(first: Entry, added: Entry): NamespaceIndex {
  const index = new NamespaceIndex()
  for (const entry of [...entriesOf(first), added]) {
    entry.next = undefined
    index.add(entry)
  }
  return index
}
