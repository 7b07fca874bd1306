// A key-value store in memory with the rules of the real one, for the simulator and for tests: rows
// ordered as bytes, views that stay as they were, nothing that survives its end.

import {
  KEY_VALUE_DELETE,
  KEY_VALUE_DELETE_RANGE,
  KEY_VALUE_PUT,
  type KeyValueReader,
  type KeyValueStore,
  type KeyValueView,
  SluiceError,
} from '@sluice/core/connector'

const ABSENT = 0xffffffff
const LENGTH_BYTES = 4
const OPERATION_BYTES = 1 + 2 * LENGTH_BYTES

/** Keys as texts of one character a byte: texts are then ordered as the bytes are. */
class RowMap {
  readonly values: Map<string, Uint8Array>
  /** Held by a view: it is copied before it changes. */
  shared = false
  /** Made when it is first needed, and then kept in order. */
  #sorted: string[] | undefined

  constructor(values = new Map<string, Uint8Array>()) {
    this.values = values
  }

  set(key: string, value: Uint8Array): void {
    if (this.#sorted !== undefined && !this.values.has(key)) {
      this.#sorted.splice(firstFrom(this.#sorted, key), 0, key)
    }
    this.values.set(key, value)
  }

  delete(key: string): void {
    if (!this.values.delete(key) || this.#sorted === undefined) return
    this.#sorted.splice(firstFrom(this.#sorted, key), 1)
  }

  deleteRange(start: string, end: string): void {
    const keys = Array.from(this.keys(start, end))
    for (const key of keys) this.delete(key)
  }

  /** Keys from `start` up to but not including `end`, in order. */
  *keys(start: string, end: string): Generator<string> {
    this.#sorted ??= [...this.values.keys()].sort((a, b) => (a < b ? -1 : 1))
    const sorted = this.#sorted
    for (let at = firstFrom(sorted, start); at < sorted.length; at++) {
      const key = sorted[at] as string
      if (key >= end) return
      yield key
    }
  }
}

/** Where the first key at or above this one is, or would be. */
function firstFrom(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}

class MemoryReader implements KeyValueReader {
  rows: RowMap

  constructor(rows: RowMap) {
    this.rows = rows
  }

  /** Refuses where it was closed. */
  assertOpen(): void {}

  get(key: Uint8Array, into: Uint8Array): number {
    this.assertOpen()
    const value = this.rows.values.get(textOf(key))
    if (value === undefined) return -1
    if (value.length <= into.length) into.set(value)
    return value.length
  }

  multiGet(keys: Uint8Array, keysBytes: number, into: Uint8Array): number {
    this.assertOpen()
    const values = packed(keys, keysBytes).map((key) => this.rows.values.get(textOf(key)))
    const needed = values.reduce((sum, value) => sum + LENGTH_BYTES + (value?.length ?? 0), 0)
    if (needed > into.length) return needed
    let at = 0
    for (const value of values) {
      viewOf(into).setUint32(at, value?.length ?? ABSENT, true)
      at += LENGTH_BYTES
      if (value !== undefined) into.set(value, at)
      at += value?.length ?? 0
    }
    return needed
  }

  scan(start: Uint8Array, end: Uint8Array, into: Uint8Array): number {
    this.assertOpen()
    let used = 0
    for (const key of this.rows.keys(textOf(start), textOf(end))) {
      const value = this.rows.values.get(key) as Uint8Array
      const needed = 2 * LENGTH_BYTES + key.length + value.length
      if (needed > into.length - used) return used === 0 ? -needed : used
      viewOf(into).setUint32(used, key.length, true)
      viewOf(into).setUint32(used + LENGTH_BYTES, value.length, true)
      into.set(Buffer.from(key, 'latin1'), used + 2 * LENGTH_BYTES)
      into.set(value, used + 2 * LENGTH_BYTES + key.length)
      used += needed
    }
    return used
  }
}

class MemoryView extends MemoryReader implements KeyValueView {
  #closed = false
  readonly #store: { readonly isOpen: boolean }

  constructor(rows: RowMap, store: { readonly isOpen: boolean }) {
    super(rows)
    this.#store = store
  }

  override assertOpen(): void {
    if (this.#closed || !this.#store.isOpen) throw closedError()
  }

  close(): void {
    this.#closed = true
  }
}

/**
 * A store in memory.
 *
 * @example
 * const store = new MemoryKeyValueStore()
 */
export class MemoryKeyValueStore extends MemoryReader implements KeyValueStore {
  isOpen = true

  constructor() {
    super(new RowMap())
  }

  override assertOpen(): void {
    if (!this.isOpen) throw closedError()
  }

  write(batch: Uint8Array, batchBytes: number): void {
    this.assertOpen()
    const operations = operationsOf(batch, batchBytes)
    if (this.rows.shared) this.rows = new RowMap(new Map(this.rows.values))
    for (const { kind, key, value } of operations) {
      if (kind === KEY_VALUE_PUT) this.rows.set(textOf(key), value.slice())
      else if (kind === KEY_VALUE_DELETE) this.rows.delete(textOf(key))
      else this.rows.deleteRange(textOf(key), textOf(value))
    }
  }

  view(): KeyValueView {
    this.assertOpen()
    this.rows.shared = true
    return new MemoryView(this.rows, this)
  }

  /** There are no files that could be copied. */
  checkpoint(path: string): void {
    this.assertOpen()
    throw failed(`a store in memory has no copy in ${path}`)
  }

  memoryBytes(): number {
    return 0
  }

  close(): void {
    this.isOpen = false
  }
}

interface Operation {
  readonly kind: number
  readonly key: Uint8Array
  readonly value: Uint8Array
}

function operationsOf(batch: Uint8Array, batchBytes: number): Operation[] {
  const operations: Operation[] = []
  const view = viewOf(batch)
  let at = 0
  while (at < batchBytes) {
    if (batchBytes - at < OPERATION_BYTES) throw failed('the packed operations end too early')
    const kind = batch[at] as number
    if (kind < KEY_VALUE_PUT || kind > KEY_VALUE_DELETE_RANGE) throw failed('no such operation')
    const keyBytes = view.getUint32(at + 1, true)
    const valueBytes = view.getUint32(at + 1 + LENGTH_BYTES, true)
    at += OPERATION_BYTES
    if (keyBytes + valueBytes > batchBytes - at) throw failed('the packed operations end too early')
    const key = batch.subarray(at, at + keyBytes)
    const value = batch.subarray(at + keyBytes, at + keyBytes + valueBytes)
    operations.push({ kind, key, value })
    at += keyBytes + valueBytes
  }
  return operations
}

function packed(bytes: Uint8Array, end: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  let at = 0
  while (at < end) {
    const size = end - at < LENGTH_BYTES ? ABSENT : viewOf(bytes).getUint32(at, true)
    at += LENGTH_BYTES
    if (size > end - at) throw failed('the packed keys end too early')
    parts.push(bytes.subarray(at, at + size))
    at += size
  }
  return parts
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function closedError(): SluiceError {
  return failed('the store or the view was closed')
}

function failed(why: string): SluiceError {
  return new SluiceError('STATE_STORE_FAILED', `The state store failed: ${why}.`, {
    hint: 'The tasks restart from the last checkpoint.',
  })
}
