// The forms of compressed records that other clients write, and content that would fill the memory.

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { compressSync as snappyBlock } from 'snappy'
import { compressFrameSync as lz4Frame } from 'lz4-napi'
import { describe, expect, test } from 'vitest'
import { compress, decompress } from '../../src/records/compression/compression.ts'
import { OversizedContent } from '../../src/records/compression/content-limit.ts'
import { makeBatch } from './make-batch.ts'
import { readAll } from './read-records.ts'

const compressions = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const text = Buffer.from(Array.from({ length: 30_000 }, (_, n) => `${(n * 7919) % 4099},`).join(''))
const limitBytes = 1 << 20

describe.each(compressions)('%s', (compression) => {
  test('gives back what it was given, empty, small and of several blocks', () => {
    for (const content of [new Uint8Array(), Buffer.from('a'), text, Buffer.alloc(500_000)]) {
      const compressed = compress(compression, content)
      expect(decompress(compression, compressed, limitBytes)).toEqual(new Uint8Array(content))
    }
  })

  test('the limit is met exactly', () => {
    const compressed = compress(compression, text)
    expect(decompress(compression, compressed, text.length).length).toBe(text.length)
    expect(() => decompress(compression, compressed, text.length - 1)).toThrow(OversizedContent)
  })

  test('content that was appended to other content is read as one', () => {
    const half = text.subarray(0, 70_000)
    const both = Buffer.concat([compress(compression, half), compress(compression, text)])
    const content = Buffer.concat([half, text])
    expect(Buffer.from(decompress(compression, both, limitBytes)).equals(content)).toBe(true)
    expect(() => decompress(compression, both, content.length - 1)).toThrow(OversizedContent)
  })

  test('content that breaks off is an error, wherever it does', () => {
    const compressed = compress(compression, text.subarray(0, 500))
    // The header of snappy's framing alone is a stream of no blocks.
    const least = compression === 'snappy' ? 17 : 1
    for (let size = least; size < compressed.length; size++) {
      expect(() => decompress(compression, compressed.subarray(0, size), limitBytes)).toThrow()
    }
  })

  test('a few bytes that stand for gigabytes take no memory', () => {
    const bomb = compress(compression, Buffer.alloc(100_000_000))
    const before = process.memoryUsage.rss()
    expect(() => decompress(compression, bomb, 1 << 22)).toThrow(OversizedContent)
    expect(process.memoryUsage.rss() - before).toBeLessThan(64_000_000)
  })
})

test('a batch above the limit says its offset, both sizes and what to do', () => {
  const batch = makeBatch([{ value: 'a'.repeat(5000) }], { compression: 'zstd' }, 17)
  expect(() => readAll(batch, 0, 4096)).toThrow(
    `The record batch at offset 17 (${batch.length} bytes, zstd) is larger than 4096 bytes when`,
  )
})

test('snappy is read as one raw block too, as clients that are not Java write it', () => {
  expect(decompress('snappy', snappyBlock(text), limitBytes)).toEqual(new Uint8Array(text))
})

test('snappy is written in the framing that the Java library reads', () => {
  const header = Buffer.from(compress('snappy', text).subarray(0, 16)).toString('latin1')
  expect(header).toBe('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01')
})

test('a snappy block that lies about its size is an error before memory is taken', () => {
  const lying = Buffer.concat([Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f), Buffer.alloc(1000)])
  expect(() => decompress('snappy', lying, 2 ** 33)).toThrow('says to hold 4294967295')
  expect(() => decompress('snappy', Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 1), 100)).toThrow()
})

test('snappy blocks of no content are read', () => {
  const framed = Buffer.concat([compress('snappy', new Uint8Array()), Buffer.of(0, 0, 0, 1, 0)])
  expect(decompress('snappy', framed, 100).length).toBe(0)
})

test('lz4 frames with checksums are read, and a wrong checksum is found', () => {
  for (const options of [{ contentChecksum: true }, { blockChecksums: true }]) {
    const frame = lz4Frame(text, options)
    expect(decompress('lz4', frame, limitBytes)).toEqual(new Uint8Array(text))
    const wrong = Buffer.from(frame)
    // The last byte of the content's checksum, or of the last block's before the end mark.
    const at = wrong.length - ('contentChecksum' in options ? 1 : 5)
    wrong[at] = (wrong[at] as number) ^ 1
    expect(() => decompress('lz4', wrong, limitBytes)).toThrow()
  }
})

test('an lz4 frame without its end mark is cut off', () => {
  const frame = lz4Frame(text)
  expect(() => decompress('lz4', frame.subarray(0, frame.length - 4), limitBytes)).toThrow(
    'cut off',
  )
})

test('lz4 blocks that could not be compressed are read', () => {
  const noise = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, n) => (n * n * 31) >> 3))
  const frame = lz4Frame(noise)
  expect(decompress('lz4', frame, limitBytes)).toEqual(new Uint8Array(noise))
})

test('zstd frames that are to be skipped are skipped', () => {
  const skippable = Buffer.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9)
  const frames = Buffer.concat([skippable, zstdCompressSync(text), skippable])
  expect(decompress('zstd', frames, limitBytes)).toEqual(new Uint8Array(text))
})

test('what follows the content and is none of it is an error', () => {
  for (const compression of compressions) {
    const tail = Buffer.concat([compress(compression, text), Buffer.of(1, 2, 3, 4, 5, 6)])
    expect(() => decompress(compression, tail, limitBytes)).toThrow()
  }
})

test('gzip members that follow each other count together', () => {
  const members = Buffer.concat([gzipSync(text), gzipSync(text)])
  expect(decompress('gzip', members, limitBytes).length).toBe(2 * text.length)
  expect(() => decompress('gzip', members, text.length + 1)).toThrow(OversizedContent)
})
