// Whether RocksDB is there: its package is compiled where the library is installed.

import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'
import { withFolder } from './child.ts'

export function hasRocksDb(): Promise<boolean> {
  return withFolder(async (folder) => {
    try {
      openKeyValueStore(join(folder, 'store'), { memoryBytes: 2 ** 20 }).close()
      return true
    } catch (error) {
      if ((error as { readonly code?: string }).code === 'STATE_STORE_MISSING') return false
      throw error
    }
  })
}
