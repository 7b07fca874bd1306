// Whether RocksDB can be used on this machine: it is compiled where its library is installed. Where
// everything must run, a missing one is an error.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'

/** What is missing; undefined where it works. */
export function whyNoRocksDb(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-rocksdb-probe-'))
  try {
    openKeyValueStore(join(folder, 'probe'), { memoryBytes: 2 ** 24 }).close()
    return undefined
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error
    return error instanceof Error ? error.message : String(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
