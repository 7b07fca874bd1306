import { SluiceError } from '@sluice/core/internal'
import { beforeAll, expect, test } from 'vitest'
import { checksumOf, ContentChecksum } from '../../src/state/segment/content-checksum.ts'
import type { KeyedStateBackend, SegmentRef } from '../../src/state/state-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { GROUPS, open } from './state-under-test.ts'

const all = { first: 0, last: GROUPS - 1 }
const counter = { name: 'n', kind: 'counter', namespace: 'none' } as const

function filled(entries: number): KeyedStateBackend {
  const backend = open({ now: 0, watermark: 0 }, all)
  const handle = backend.state(counter)
  for (let key = 0; key < entries; key++) {
    backend.setKey(key, -1)
    handle.set(key * 3)
  }
  return backend
}

function errorOf(ref: SegmentRef, bytes: Uint8Array): SluiceError | undefined {
  try {
    open({ now: 0, watermark: 0 }, all).restore([{ ref, bytes }])
  } catch (error) {
    return error as SluiceError
  }
  return undefined
}

let ref: SegmentRef
let bytes: Uint8Array

beforeAll(async () => {
  const segments = new MemorySegments()
  ref = (await segments.save(filled(20)))[0] as SegmentRef
  bytes = segments.byName.get(ref.name) as Uint8Array
})

test('the checksum is CRC-32 and xxHash32, in whatever pieces the bytes come', () => {
  const text = Buffer.from('Nobody inspects the spammish repetition')
  // Published vectors: crc32('123456789') and xxHash32 of this sentence with seed 0.
  expect(checksumOf(Buffer.from('123456789')).slice(0, 8)).toBe('cbf43926')
  expect(checksumOf(text).slice(8)).toBe('e2293b2f')
  expect(checksumOf(new Uint8Array()).slice(8)).toBe('02cc5d05')
  for (let cut = 0; cut <= text.length; cut++) {
    const pieces = new ContentChecksum()
    pieces.update(text.subarray(0, cut))
    pieces.update(text.subarray(cut))
    expect(pieces.hex()).toBe(checksumOf(text))
  }
})

test('damage at every byte of a segment is recognised and names the segment', () => {
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const damaged = Uint8Array.from(bytes)
      damaged[at] = (damaged[at] as number) ^ flip
      const error = errorOf(ref, damaged)
      expect(error?.code).toBe('CHECKPOINT_DAMAGED')
      expect(error?.message).toContain(ref.name)
    }
  }
})

test('a segment that was cut off, or grew, is recognised', () => {
  for (const length of [0, 1, 15, bytes.length - 1]) {
    expect(errorOf(ref, bytes.slice(0, length))?.code).toBe('CHECKPOINT_DAMAGED')
  }
  expect(errorOf(ref, Buffer.concat([bytes, bytes]))?.code).toBe('CHECKPOINT_DAMAGED')
})

test('the checksum in the file tells damage without a manifest', () => {
  for (let at = 12; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes)
    damaged[at] = (damaged[at] as number) ^ 0x10
    expect(errorOf({ ...ref, checksum: checksumOf(damaged) }, damaged)?.code).toBe(
      'CHECKPOINT_DAMAGED',
    )
  }
})

test('a segment of a newer version is told from a damaged one', () => {
  const newer = Uint8Array.from(bytes)
  new DataView(newer.buffer).setUint32(8, 99, true)
  const error = errorOf({ ...ref, checksum: checksumOf(newer) }, newer)
  expect(error?.code).toBe('CHECKPOINT_FORMAT_NEWER')
  expect(error?.message).toContain('99')
})

test('a segment with another number of key groups is refused', () => {
  const backend = open({ now: 0, watermark: 0 }, { first: 0, last: GROUPS - 1 })
  expect(() => backend.restore([{ ref, bytes }])).not.toThrow()
  expect(errorOf({ ...ref, checksum: checksumOf(bytes) }, bytes)).toBeUndefined()
})

test('segments of other key groups are not even opened', () => {
  const backend = open({ now: 0, watermark: 0 }, { first: 0, last: 3 })
  const foreign = { ...ref, range: { first: 4, last: 15 } }
  backend.restore([{ ref: foreign, bytes: new Uint8Array() }])
  expect(backend.size().entries).toBe(0)
})

test('what comes and goes between two barriers leaves no trace in a segment', async () => {
  const backend = filled(0)
  const handle = backend.state({ ...counter, name: 'w', namespace: 'window' })
  const segments = new MemorySegments()
  backend.setKey('x', -1)
  for (const namespace of [1, 2, 3, 4]) {
    backend.setNamespace(namespace)
    handle.set(namespace)
  }
  for (const namespace of [1, 4, 3]) {
    backend.setNamespace(namespace)
    handle.clear()
  }
  const [first] = await segments.save(backend)
  expect(first?.entries).toBe(1)
  backend.setNamespace(9)
  handle.set(1)
  handle.clear()
  expect(await segments.save(backend)).toEqual([first])
})

test('an empty state writes no segment, and neither does one that did not change', async () => {
  const segments = new MemorySegments()
  const backend = filled(0)
  expect(await segments.save(backend)).toEqual([])
  backend.setKey(1, -1)
  backend.state(counter).set(1)
  const refs = await segments.save(backend)
  expect(refs.map(({ kind }) => kind)).toEqual(['base'])
  expect(await segments.save(backend)).toEqual(refs)
  expect(segments.written.length).toBe(1)
})

test('after a restart the old segments are listed again and only changes are written', async () => {
  const segments = new MemorySegments()
  const refs = await segments.save(filled(5000))
  const backend = open({ now: 0, watermark: 0 }, all)
  const handle = backend.state(counter)
  backend.restore(segments.read(refs))
  backend.setKey(17, -1)
  handle.set(-1)
  const next = await segments.save(backend)
  expect(next.map(({ name }) => name)).toEqual([refs[0]?.name, segments.written[1]])
  expect(next[1]).toMatchObject({ kind: 'delta', entries: 1 })
})

test('segments of other subtasks do not keep a backend from listing its own again', async () => {
  const segments = new MemorySegments()
  const halves = [
    { first: 0, last: 7 },
    { first: 8, last: 15 },
  ].map((range) => open({ now: 0, watermark: 0 }, range))
  const refs: SegmentRef[] = []
  for (const half of halves) {
    half.setKey('a', half.range.first)
    half.state(counter).set(1)
    refs.push(...(await segments.save(half)))
  }
  const backend = open({ now: 0, watermark: 0 }, { first: 8, last: 15 })
  backend.restore(segments.read(refs))
  expect(await segments.save(backend)).toEqual([refs[1]])
})

test('after a rescale nothing of the old segments is listed', async () => {
  const segments = new MemorySegments()
  const refs = await segments.save(filled(5000))
  const backend = open({ now: 0, watermark: 0 }, { first: 0, last: 7 })
  backend.restore(segments.read(refs))
  const next = await segments.save(backend)
  expect(next.map(({ kind }) => kind)).toEqual(['base'])
  expect(next[0]?.entries).toBe(backend.size().entries)
})

test('bytes and number of segments stay within bounds over many checkpoints', async () => {
  const segments = new MemorySegments()
  const backend = filled(4000)
  const handle = backend.state(counter)
  let refs = await segments.save(backend)
  const baseBytes = refs[0]?.sizeBytes as number
  let mostListed = 0
  let mostBytes = 0
  let mostWritten = 0
  let random = 1
  for (let checkpoint = 0; checkpoint < 200; checkpoint++) {
    const changed = checkpoint < 100 ? 400 : 4
    for (let i = 0; i < changed; i++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      backend.setKey((random >>> 8) % 4000, -1)
      handle.set(random)
    }
    refs = await segments.save(backend)
    const total = refs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    mostListed = Math.max(mostListed, refs.length)
    mostBytes = Math.max(mostBytes, total)
    mostWritten = Math.max(mostWritten, (refs.at(-1) as SegmentRef).sizeBytes)
  }
  expect(mostListed).toBeLessThan(80)
  // The values grow by a third; old segments stay until their last key group is written anew.
  expect(mostBytes / baseBytes).toBeLessThan(3.5)
  expect(mostWritten / baseBytes).toBeLessThan(0.6)
})

test('what a capture has written already is not written again when it changes', async () => {
  const backend = filled(1000)
  const handle = backend.state(counter)
  const segments = new MemorySegments()
  const snapshot = backend.startSnapshot(1, segments)
  for (let slice = 0; slice < 500; slice++) snapshot.advance(0)
  for (let key = 0; key < 1000; key++) {
    backend.setKey(key, -1)
    handle.set(-1)
  }
  for (let written = false; !written; ) written = snapshot.advance(1)
  const [ref] = await snapshot.finish(segments)
  expect(ref?.entries).toBe(1000)
})

test('counters that come and go leave no room taken', async () => {
  const backend = open({ now: 0, watermark: 0 }, all)
  const handle = backend.state(counter)
  const segments = new MemorySegments()
  for (let round = 0; round < 50; round++) {
    for (let key = round * 1000; key < (round + 1) * 1000; key++) {
      backend.setKey(key, -1)
      handle.set(1)
    }
    expect(backend.size().entries).toBe(1000)
    await segments.save(backend)
    for (let key = round * 1000; key < (round + 1) * 1000; key++) {
      backend.setKey(key, -1)
      handle.clear()
    }
    expect(backend.size().entries).toBe(0)
    await segments.save(backend)
  }
  const refs = await segments.save(backend, 'everything')
  expect(refs.at(-1)?.entries ?? 0).toBe(0)
})

test('a counter that gets a time to live, or loses it, keeps its numbers', async () => {
  const segments = new MemorySegments()
  const aged = { ...counter, ttlMs: 10 }
  let refs = await segments.save(filled(20))
  const clocks = { now: 0, watermark: 0 }
  for (const [descriptor, first] of [
    [aged, true],
    [counter, false],
    [aged, false],
    [counter, true],
  ] as const) {
    const backend = open(clocks, all)
    if (first) backend.state(descriptor)
    backend.restore(segments.read(refs))
    const handle = backend.state(descriptor)
    for (let key = 0; key < 20; key++) {
      backend.setKey(key, -1)
      expect(handle.get()).toBe(key * 3)
      handle.set(key * 3)
    }
    expect(backend.size().entries).toBe(20)
    refs = await segments.save(backend)
  }
})
