// Finds the compiled half of this package: `build/rocksdb.node`, which `bin/build.js` makes where
// RocksDB and a C++ compiler are installed. One file serves every thread.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { SluiceError } from '@sluice/core/connector'

/** A store that the native half has open. */
export interface StoreHandle {
  readonly '~store': never
}

/** A store, or a view of one, to read from. */
export interface ReaderHandle {
  readonly '~reader': never
}

/** What `native/addon.cc` exports. */
export interface Native {
  open(
    path: string,
    options: {
      readonly blockCacheBytes: number
      readonly writeBufferBytes: number
      readonly reopen: boolean
    },
  ): StoreHandle
  close(store: StoreHandle): void
  reader(store: StoreHandle): ReaderHandle
  view(store: StoreHandle): ReaderHandle
  closeView(view: ReaderHandle): void
  get(reader: ReaderHandle, key: Uint8Array, into: Uint8Array): number
  multiGet(reader: ReaderHandle, keys: Uint8Array, keysBytes: number, into: Uint8Array): number
  scan(reader: ReaderHandle, start: Uint8Array, end: Uint8Array, into: Uint8Array): number
  write(store: StoreHandle, batch: Uint8Array, batchBytes: number): void
  checkpoint(store: StoreHandle, path: string): void
  memory(store: StoreHandle): number
}

const file = fileURLToPath(new URL('../build/rocksdb.node', import.meta.url))
const hint =
  'Install RocksDB and a C++ compiler (Debian, Ubuntu: apt-get install librocksdb-dev g++; ' +
  'macOS: brew install rocksdb), then run `npm rebuild @sluice/rocksdb`. ' +
  "Or keep the state in memory: `state: { backend: 'heap' }`."

let native: Native | undefined

/** The native half. Throws STATE_STORE_MISSING with what to install. */
export function loadNative(): Native {
  if (native !== undefined) return native
  if (!existsSync(file)) {
    throw new SluiceError('STATE_STORE_MISSING', 'The RocksDB state backend is not compiled.', {
      hint,
    })
  }
  try {
    native = createRequire(import.meta.url)(file) as Native
    return native
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const what = `The RocksDB state backend cannot be loaded: ${reason}`
    throw new SluiceError('STATE_STORE_MISSING', what, { hint, cause: error })
  }
}
