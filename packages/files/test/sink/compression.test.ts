import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compressBlock } from '../../src/sink/compression.ts'

test('a compressed block is a whole file of its own', () => {
  const block = new TextEncoder().encode('some rows\n'.repeat(1000))
  const [gzip] = [...compressBlock({ compression: 'gzip', block })]
  const [zstd] = [...compressBlock({ compression: 'zstd', block })]
  expect(new Uint8Array(gunzipSync(gzip ?? new Uint8Array()))).toEqual(block)
  expect(new Uint8Array(zstdDecompressSync(zstd ?? new Uint8Array()))).toEqual(block)
})
