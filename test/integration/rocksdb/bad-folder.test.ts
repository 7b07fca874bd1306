// What can be wrong with the folder of the state: each is said with a code, and mends itself where
// it can.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KEY_VALUE_PUT, type KeyValueStore } from '@sluice/core/connector'
import { openKeyValueStore } from '@sluice/rocksdb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { whyNoRocksDb } from '../../conformance/key-value-store/rocksdb-here.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-bad-folder-'))
const missing = whyNoRocksDb()
const memoryBytes = 2 ** 20

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Puts about so many bytes, in rows of 4 KiB. */
function fill(store: KeyValueStore, sizeBytes: number): void {
  const row = Buffer.alloc(9 + 8 + 4096, 'x')
  for (let written = 0; written < sizeBytes; written += row.length) {
    row.writeUInt8(KEY_VALUE_PUT)
    row.writeUInt32LE(8, 1)
    row.writeUInt32LE(4096, 5)
    row.writeDoubleBE(written, 9)
    store.write(row, row.length)
  }
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

describe('the folder of the state', () => {
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing)
  })

  it('is refused while another run has it open, and free again when that ends', () => {
    const path = join(folder, 'locked')
    const first = openKeyValueStore(path, { memoryBytes })
    expect(thrownBy(() => openKeyValueStore(path, { memoryBytes }))).toMatchObject({
      code: 'STATE_STORE_LOCKED',
      retry: 'restart',
      where: { file: path },
    })
    first.close()
    openKeyValueStore(path, { memoryBytes }).close()
  })

  it('is emptied of what a killed run left in it', () => {
    const path = join(folder, 'left')
    const script = `
      import { openKeyValueStore } from '@sluice/rocksdb'
      const store = openKeyValueStore(process.argv[1], { memoryBytes: 1 << 20 })
      const row = new Uint8Array([1, 1, 0, 0, 0, 1, 0, 0, 0, 97, 98])
      store.write(row, row.length)
      process.kill(process.pid, 'SIGKILL')`
    const options = ['--conditions=sluice-source', '--input-type=module', '-e', script, path]
    expect(() => execFileSync(process.execPath, options, { stdio: 'ignore' })).toThrow()
    const store = openKeyValueStore(path, { memoryBytes })
    expect(store.get(new Uint8Array([97]), new Uint8Array(1))).toBe(-1)
    store.close()
  })

  it('that is deleted while it is in use is an error that says so, not wrong state', () => {
    const path = join(folder, 'deleted')
    const store = openKeyValueStore(path, { memoryBytes })
    fill(store, 100_000)
    rmSync(path, { recursive: true })
    expect(thrownBy(() => fill(store, 64 * memoryBytes))).toMatchObject({
      code: 'STATE_STORE_FAILED',
      retry: 'restart',
    })
    store.close()
  })

  it('on a full disk is an error that says so', ({ skip }) => {
    const disk = join(folder, 'small')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      skip('a small disk needs the rights to mount one')
    }
    try {
      const store = openKeyValueStore(join(disk, 'state'), { memoryBytes })
      expect(thrownBy(() => fill(store, 64 * memoryBytes))).toMatchObject({
        code: 'STORAGE_FULL',
        retry: 'restart',
      })
      store.close()
    } finally {
      execFileSync('umount', [disk])
    }
  })

  it('that cannot be made is an error that names it', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const path = join(file, 'state')
    expect(thrownBy(() => openKeyValueStore(path, { memoryBytes }))).toMatchObject({
      code: 'STATE_STORE_FAILED',
      where: { file: path },
    })
  })
})
