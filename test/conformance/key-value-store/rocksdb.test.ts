import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'
import { afterAll, describe, expect, test } from 'vitest'
import { keyValueStoreCases } from './cases.ts'
import { whyNoRocksDb } from './rocksdb-here.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-rocksdb-'))
const missing = whyNoRocksDb()

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('RocksDB', () => {
  for (const [index, each] of keyValueStoreCases.entries()) {
    test(each.name, ({ skip }) => {
      if (missing !== undefined) skip(missing)
      const store = openKeyValueStore(join(folder, String(index)), { memoryBytes: 2 ** 24 })
      try {
        each.run(store)
      } finally {
        store.close()
      }
      expect(readdirSync(folder)).toEqual([])
    })
  }
})
