// The rows of one backend in its key-value store: how their keys and values are laid out, and the
// one batch through which everything is written. A key is the key group, the table, and then the
// bytes that name the cell in a segment too (key, namespace, key within a map), so that a group is
// one range and a row becomes a record by copying. docs/internals/rocksdb.md draws it.

import {
  KEY_VALUE_DELETE,
  KEY_VALUE_DELETE_RANGE,
  KEY_VALUE_PUT,
  type KeyValueReader,
  type KeyValueStore,
  type KeyValueView,
} from '@sluice/core/connector'
import { ByteReader } from '../../../network/codec/byte-reader.ts'
import { ByteWriter } from '../../../network/codec/byte-writer.ts'
import { LastingFailure } from './lasting-failure.ts'

/** Operations wait for company up to this size: sorted, many go faster into the store than few. */
const BATCH_BYTES = 256 * 1024
const READ_BYTES = 64 * 1024
/** Key group and table, before what names the cell. */
export const ROW_PREFIX_BYTES = 3
/** The key group that no key has: rows of the backend itself stand behind all others. */
export const OWN_ROWS_GROUP = 0xffff

/** Rows of the backend itself, one kind behind the other, and what is behind all rows. */
const OWN_ROWS = Uint8Array.of(0xff, 0xff)
const MARK_KEY = Uint8Array.of(0xff, 0xff, 0x01)
const BEHIND_ALL = Uint8Array.of(0xff, 0xff, 0xff)

/** The first byte of a row's value. */
export const PLAIN_ROW = 0
/** The time of the last write follows. */
export const DATED_ROW = 1
/** How many items a map has; not part of any segment. */
export const CONTAINER_ROW = 2

const ABSENT = 0xffffffff

/** Begins the key of a row. */
export function writeRowPrefix(writer: ByteWriter, group: number, table: number): void {
  writer.u8(group >> 8)
  writer.u8(group & 0xff)
  writer.u8(table)
}

/** Row bytes as a text that differs whenever they do. */
export function rowText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

/** Reads rows; what is read is valid until the next read. */
export class RowReader {
  readonly #source: KeyValueReader
  #into = new Uint8Array(READ_BYTES)
  #reader = new ByteReader(this.#into)

  constructor(source: KeyValueReader) {
    this.#source = source
  }

  /** A reader at the value of a key; undefined where there is no such row. */
  get(key: Uint8Array): ByteReader | undefined {
    for (;;) {
      const sizeBytes = this.#source.get(key, this.#into)
      if (sizeBytes < 0) return undefined
      if (sizeBytes <= this.#into.length) return this.#at(0)
      this.#grow(sizeBytes)
    }
  }

  /** Calls back for each of the packed keys, in order, with a reader at its value if it has one. */
  multiGet(
    keys: ByteWriter,
    call: (index: number, value: ByteReader | undefined, sizeBytes: number) => void,
  ): void {
    const usedBytes = this.#fill(() => {
      return this.#source.multiGet(keys.bytes, keys.position, this.#into)
    })
    const { view } = this.#reader
    let at = 0
    for (let index = 0; at < usedBytes; index++) {
      const sizeBytes = view.getUint32(at, true)
      at += 4
      if (sizeBytes === ABSENT) {
        call(index, undefined, 0)
        continue
      }
      call(index, this.#at(at), sizeBytes)
      at += sizeBytes
    }
  }

  #fill(read: () => number): number {
    for (;;) {
      const usedBytes = read()
      if (usedBytes <= this.#into.length) return usedBytes
      this.#grow(usedBytes)
    }
  }

  /**
   * Calls back for some rows from `start` on, in order: the bytes that were read with the places of
   * key and value. Returns where to go on; undefined when there is nothing before `end` any more.
   * `aboutBytes` is for those who want few rows.
   */
  scan(
    start: Uint8Array,
    end: Uint8Array,
    call: (bytes: Uint8Array, keyAt: number, valueAt: number, valueEnd: number) => void,
    aboutBytes = this.#into.length,
  ): Uint8Array | undefined {
    let usedBytes = this.#source.scan(start, end, this.#into.subarray(0, aboutBytes))
    if (usedBytes < 0) {
      this.#grow(-usedBytes)
      usedBytes = this.#source.scan(start, end, this.#into)
    }
    if (usedBytes === 0) return undefined
    const bytes = this.#into
    const { view } = this.#reader
    let at = 0
    let keyAt = 0
    let valueAt = 0
    while (at < usedBytes) {
      keyAt = at + 8
      valueAt = keyAt + view.getUint32(at, true)
      const valueEnd = valueAt + view.getUint32(at + 4, true)
      call(bytes, keyAt, valueAt, valueEnd)
      at = valueEnd
    }
    const next = new Uint8Array(valueAt - keyAt + 1)
    next.set(bytes.subarray(keyAt, valueAt))
    return next
  }

  /** A reader at a place of what was read last. */
  readerAt(position: number): ByteReader {
    return this.#at(position)
  }

  #at(position: number): ByteReader {
    this.#reader.position = position
    return this.#reader
  }

  #grow(sizeBytes: number): void {
    this.#into = new Uint8Array(Math.max(sizeBytes, this.#into.length * 2))
    this.#reader = new ByteReader(this.#into)
  }
}

/** The store of one backend with what waits to be written to it. */
export class Rows {
  readonly reader: RowReader
  readonly #store: LastingFailure
  readonly #batch = new ByteWriter(BATCH_BYTES + 4096)
  #lengthsAt = 0
  #valueAt = 0

  constructor(store: KeyValueStore) {
    this.#store = new LastingFailure(store)
    this.reader = new RowReader(this.#store)
  }

  /** Begins to put a row: its key is written to the writer that is returned. */
  beginPut(): ByteWriter {
    return this.#begin(KEY_VALUE_PUT)
  }

  /** After the key, before the value. */
  beginValue(): void {
    const { position } = this.#batch
    this.#batch.view.setUint32(this.#lengthsAt, position - this.#lengthsAt - 8, true)
    this.#valueAt = position
  }

  /** Ends what was begun. */
  endPut(): void {
    this.#batch.view.setUint32(this.#lengthsAt + 4, this.#batch.position - this.#valueAt, true)
    this.#flushFull()
  }

  /** Begins to delete a row: its key is written to the writer that is returned. */
  beginDelete(): ByteWriter {
    return this.#begin(KEY_VALUE_DELETE)
  }

  endDelete(): void {
    const { position } = this.#batch
    this.#batch.view.setUint32(this.#lengthsAt, position - this.#lengthsAt - 8, true)
    this.#batch.view.setUint32(this.#lengthsAt + 4, 0, true)
    this.#flushFull()
  }

  /** Takes back what was begun and not ended. */
  undo(): void {
    this.#batch.position = this.#lengthsAt - 1
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.beginPut().raw(key)
    this.beginValue()
    this.#batch.raw(value)
    this.endPut()
  }

  delete(key: Uint8Array): void {
    this.beginDelete().raw(key)
    this.endDelete()
  }

  deleteRange(start: Uint8Array, end: Uint8Array): void {
    this.#begin(KEY_VALUE_DELETE_RANGE).raw(start)
    this.beginValue()
    this.#batch.raw(end)
    this.endPut()
  }

  /** Nothing is left. */
  clear(): void {
    this.deleteRange(new Uint8Array(), BEHIND_ALL)
    this.flush()
  }

  /** Nothing is left of the backend's own rows. */
  clearOwn(): void {
    this.deleteRange(OWN_ROWS, BEHIND_ALL)
    this.flush()
  }

  /** Writes a row that tells a copy of the store from all others. */
  putMark(mark: string): void {
    this.beginPut().raw(MARK_KEY)
    this.beginValue()
    this.#batch.string(mark)
    this.endPut()
  }

  /** The mark of the copy that the store is; undefined where it is none. */
  mark(): string | undefined {
    return this.reader.get(MARK_KEY)?.string()
  }

  /** Copies all rows, as they are now, to a folder that is not there yet. */
  copyTo(path: string): void {
    this.flush()
    this.#store.checkpoint(path)
  }

  #begin(kind: number): ByteWriter {
    this.#batch.u8(kind)
    this.#lengthsAt = this.#batch.position
    this.#batch.reserve(8)
    this.#batch.position += 8
    return this.#batch
  }

  #flushFull(): void {
    if (this.#batch.position >= BATCH_BYTES) this.flush()
  }

  /** What was written is in the store from here on. */
  flush(): void {
    const { bytes, position } = this.#batch
    if (position === 0) return
    this.#batch.reset()
    this.#store.write(bytes, position)
  }

  /** All rows as they are now. */
  view(): KeyValueView {
    this.flush()
    return this.#store.view()
  }

  /** Throws the error of the store that a function may have caught. */
  assertSound(): void {
    this.#store.assertSound()
  }

  memoryBytes(): number {
    return this.#store.memoryBytes()
  }

  close(): void {
    this.#store.close()
  }
}
