import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoRocksDb } from '../../../test/conformance/key-value-store/rocksdb-here.ts'
import { loadNative, type Native, type ReaderHandle, type StoreHandle } from '../src/native.ts'

const missing = whyNoRocksDb()
const folder = mkdtempSync(join(tmpdir(), 'sluice-native-'))
const sizes = { blockCacheBytes: 2 ** 20, writeBufferBytes: 2 ** 18, reopen: false }
const bytes = new Uint8Array(8)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the native half of a store', () => {
  let native: Native
  let store: StoreHandle
  let reader: ReaderHandle

  beforeAll(() => {
    if (missing !== undefined) return
    native = loadNative()
    store = native.open(join(folder, 'store'), sizes)
    reader = native.reader(store)
  })

  /** Every function that takes a handle, with whatever is given for it. */
  function expectRefusals(handle: unknown, takes: 'store' | 'reader', message: RegExp): void {
    const asStore = handle as StoreHandle
    const asReader = handle as ReaderHandle
    const calls =
      takes === 'store'
        ? [
            () => native.close(asStore),
            () => native.reader(asStore),
            () => native.view(asStore),
            () => native.write(asStore, bytes, 0),
            () => native.checkpoint(asStore, join(folder, 'copy')),
            () => native.memory(asStore),
          ]
        : [
            () => native.closeView(asReader),
            () => native.get(asReader, bytes, bytes),
            () => native.multiGet(asReader, bytes, 0, bytes),
            () => native.scan(asReader, bytes, bytes, bytes),
          ]
    for (const call of calls) expect(call).toThrow(message)
  }

  it('refuses its own handles in the place of one another', ({ skip }) => {
    if (missing !== undefined) skip(missing)
    const view = native.view(store)
    expectRefusals(reader, 'store', /handle of something else/)
    expectRefusals(view, 'store', /handle of something else/)
    expectRefusals(store, 'reader', /handle of something else/)
    native.closeView(view)
    expect(native.get(reader, bytes, bytes)).toBe(-1)
  })

  it('refuses a handle of another library', async ({ skip }) => {
    if (missing !== undefined) skip(missing)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { _handle } = server as unknown as { _handle: { _externalStream: unknown } }
    expect(Object.prototype.toString.call(_handle._externalStream)).toBe('[object Object]')
    expectRefusals(_handle._externalStream, 'store', /handle of something else/)
    expectRefusals(_handle._externalStream, 'reader', /handle of something else/)
    server.close()
  })

  it('refuses what is no handle at all', ({ skip }) => {
    if (missing !== undefined) skip(missing)
    for (const handle of [{}, null, 7, Object.create(null), () => 0]) {
      expectRefusals(handle, 'store', /wrong type/)
      expectRefusals(handle, 'reader', /wrong type/)
    }
    native.close(store)
  })
})
