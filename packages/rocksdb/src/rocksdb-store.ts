// A KeyValueStore on RocksDB: the native half does the work of a batch per call; this half owns the
// handles and turns what RocksDB says into errors that tell how to mend them. The folder is a cache
// of one run of one task: it begins empty or as a copy, is written without a log, and may be thrown
// away.

import { rmSync } from 'node:fs'
import type {
  KeyValueReader,
  KeyValueStore,
  KeyValueStoreOptions,
  KeyValueView,
} from '@sluice/core/connector'
import { loadNative, type Native, type ReaderHandle, type StoreHandle } from './native.ts'
import { storeError } from './store-error.ts'

/** Of the memory of a store, at most this part is for tables in memory; the rest caches reads. */
const WRITE_BUFFERS_PART = 1 / 2
/** A table in memory is written while the next one fills. */
const WRITE_BUFFERS = 2
const LEAST_WRITE_BUFFER_BYTES = 256 * 1024
/** In a larger one each row takes longer than it saves. */
const MOST_WRITE_BUFFER_BYTES = 8 * 1024 * 1024

/**
 * Opens a store in a folder of its own: empty, and what an earlier run left there is removed,
 * unless what the folder holds is to be kept.
 *
 * @throws SluiceError STATE_STORE_MISSING where the native library is not there, STATE_STORE_LOCKED
 * where another run has the folder open, STORAGE_FULL, STATE_STORE_FAILED.
 * @example
 * const store = openKeyValueStore('/var/tmp/state', { memoryBytes: 256 * 2 ** 20 })
 */
export function openKeyValueStore(path: string, options: KeyValueStoreOptions): KeyValueStore {
  const native = loadNative()
  const share = Math.floor((options.memoryBytes * WRITE_BUFFERS_PART) / WRITE_BUFFERS)
  const bounded = Math.min(MOST_WRITE_BUFFER_BYTES, share)
  const writeBufferBytes = Math.max(LEAST_WRITE_BUFFER_BYTES, bounded)
  const blockCacheBytes = Math.max(0, options.memoryBytes - writeBufferBytes * WRITE_BUFFERS)
  return attempt(path, () => {
    const reopen = options.reopen === true
    const store = native.open(path, { blockCacheBytes, writeBufferBytes, reopen })
    return new RocksDbStore(native, store, path)
  })
}

class RocksDbReader implements KeyValueReader {
  protected readonly native: Native
  protected readonly path: string
  readonly #reader: ReaderHandle

  constructor(native: Native, reader: ReaderHandle, path: string) {
    this.native = native
    this.path = path
    this.#reader = reader
  }

  get(key: Uint8Array, into: Uint8Array): number {
    try {
      return this.native.get(this.#reader, key, into)
    } catch (error) {
      throw storeError(error, this.path)
    }
  }

  multiGet(keys: Uint8Array, keysBytes: number, into: Uint8Array): number {
    try {
      return this.native.multiGet(this.#reader, keys, keysBytes, into)
    } catch (error) {
      throw storeError(error, this.path)
    }
  }

  scan(start: Uint8Array, end: Uint8Array, into: Uint8Array): number {
    try {
      return this.native.scan(this.#reader, start, end, into)
    } catch (error) {
      throw storeError(error, this.path)
    }
  }
}

class RocksDbView extends RocksDbReader implements KeyValueView {
  readonly #view: ReaderHandle

  constructor(native: Native, view: ReaderHandle, path: string) {
    super(native, view, path)
    this.#view = view
  }

  close(): void {
    this.native.closeView(this.#view)
  }
}

class RocksDbStore extends RocksDbReader implements KeyValueStore {
  readonly #store: StoreHandle
  #closed = false

  constructor(native: Native, store: StoreHandle, path: string) {
    super(native, native.reader(store), path)
    this.#store = store
  }

  write(batch: Uint8Array, batchBytes: number): void {
    try {
      this.native.write(this.#store, batch, batchBytes)
    } catch (error) {
      throw storeError(error, this.path)
    }
  }

  view(): KeyValueView {
    return attempt(this.path, () => {
      return new RocksDbView(this.native, this.native.view(this.#store), this.path)
    })
  }

  checkpoint(path: string): void {
    attempt(path, () => this.native.checkpoint(this.#store, path))
  }

  memoryBytes(): number {
    return this.native.memory(this.#store)
  }

  /** What the folder held is in checkpoints, or was given up. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.native.close(this.#store)
    rmSync(this.path, { recursive: true, force: true })
  }
}

function attempt<Result>(path: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw storeError(error, path)
  }
}
