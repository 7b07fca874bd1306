// When a local copy counts and when it does not: by what it holds, and by its files.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StateSchemas } from '@sluice/core/internal'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import type { KeyedStateBackend, SegmentRef } from '../../../src/state/state-backend.ts'
import { LocalCopies } from '../../../src/state/stored/copy/local-copies.ts'
import type { StateCopy } from '../../../src/state/stored/copy/state-copy.ts'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { MemorySegments } from '../memory-segments.ts'
import { backendOptions } from '../state-under-test.ts'
import { CopiedStores } from './copied-stores.ts'

const clocks = { now: 1000, watermark: 1000 }
const base = { ...backendOptions(clocks), cacheBytes: 64 * 1024 }
const valueState = { name: 'value', kind: 'value', namespace: 'none' } as const
const aging = { ttlMs: 100, ttlClock: 'event' } as const
const lastingMap = { name: 'map', kind: 'map', namespace: 'none' } as const
const lastingValue = { name: 'aged', kind: 'value', namespace: 'none' } as const
const agedMap = { ...lastingMap, ...aging }
const agedValue = { ...lastingValue, ...aging }

interface Machine {
  readonly stores: CopiedStores
  readonly segments: MemorySegments
}

function newMachine(): Machine {
  return { stores: new CopiedStores(), segments: new MemorySegments() }
}

function open(
  { stores }: Machine,
  refs: readonly SegmentRef[] = [],
  more: { readonly schemas?: StateSchemas } = {},
): KeyedStateBackend {
  const { store, copy } = stores.open(refs)
  return createStoredBackend({ ...base, ...more, copies: stores.keeper(), copy }, store)
}

/** As a task does; tells whether the copy was used. */
function restore(
  machine: Machine,
  backend: KeyedStateBackend,
  refs: readonly SegmentRef[],
  dropped?: readonly string[],
): boolean {
  if (backend.adopt?.(refs, dropped) === true) return true
  backend.restore(machine.segments.read(refs), dropped)
  return false
}

function valuesOf(backend: KeyedStateBackend): unknown[] {
  const state = backend.state(valueState)
  return Array.from({ length: 100 }, (_, key) => {
    backend.setKey(key, -1)
    return state.get()
  })
}

/** A machine with a hundred values, a checkpoint of them and its copy. */
async function filled(): Promise<{ machine: Machine; refs: readonly SegmentRef[] }> {
  const machine = newMachine()
  const backend = open(machine)
  const state = backend.state(valueState)
  for (let key = 0; key < 100; key++) {
    backend.setKey(key, -1)
    state.set(key)
    backend.setTimer('event', key)
  }
  const refs = await machine.segments.save(backend)
  return { machine, refs }
}

const numbers = Array.from({ length: 100 }, (_, key) => key)

describe('a local copy', () => {
  test('is gone on from as from the segments, with timers, sizes and small deltas', async () => {
    const { machine, refs } = await filled()
    const backend = open(machine, refs)
    expect(restore(machine, backend, refs)).toBe(true)
    expect(backend.size().entries).toBe(100)
    expect(valuesOf(backend)).toEqual(numbers)
    backend.setKey(7, -1)
    backend.state(valueState).set('changed')
    const later = await machine.segments.save(backend)
    expect(later.slice(0, -1)).toEqual(refs)
    expect(later.at(-1)?.entries).toBe(1)
    let fired = 0
    backend.fireTimers('event', 1000, 1000, () => fired++)
    expect(fired).toBe(100)
  })

  test('holds what lay in the cache and what no row said any more', async () => {
    const machine = newMachine()
    const backend = open(machine)
    const state = backend.state(valueState)
    for (const key of numbers) {
      backend.setKey(key, -1)
      state.set(key)
    }
    await machine.segments.save(backend)
    for (let key = 0; key < 100; key += 2) {
      backend.setKey(key, -1)
      if (key % 4 === 0) state.clear()
      else state.set(-key)
    }
    const refs = await machine.segments.save(backend)
    const next = open(machine, refs)
    expect(restore(machine, next, refs)).toBe(true)
    const expected = numbers.map((key) => (key % 4 === 0 ? undefined : key % 2 === 0 ? -key : key))
    expect(valuesOf(next)).toEqual(expected)
  })

  test('of other segments is not used', async () => {
    const { machine, refs } = await filled()
    const { copy, store } = machine.stores.open(refs)
    const backend = createStoredBackend({ ...base, copy }, store)
    const others = refs.map((ref) => ({ ...ref, checksum: '0' }))
    expect(backend.adopt?.(others)).toBe(false)
    expect(store.rows.values.size).toBe(0)
    backend.restore(machine.segments.read(refs))
    expect(valuesOf(backend)).toEqual(numbers)
  })

  test.each([
    ['another range', { range: { first: 0, last: 7 } }],
    ['another step', { step: 'other' }],
    ['another number of key groups', { maxParallelism: 32 }],
  ])('of %s is not used', async (_, difference) => {
    const { machine, refs } = await filled()
    const { copy, store } = machine.stores.open(refs)
    const backend = createStoredBackend({ ...base, ...difference, copy }, store)
    expect(backend.adopt?.(refs)).toBe(false)
  })

  test('whose store is another one is not used', async () => {
    const { machine, refs } = await filled()
    const { copy, store } = machine.stores.open(refs)
    const others = { ...(copy as StateCopy), mark: 'another' }
    const backend = createStoredBackend({ ...base, copy: others }, store)
    expect(restore(machine, backend, refs)).toBe(false)
    expect(valuesOf(backend)).toEqual(numbers)
  })

  test('with a state that is to be dropped is not used', async () => {
    const { machine, refs } = await filled()
    const backend = open(machine, refs)
    expect(restore(machine, backend, refs, ['value'])).toBe(false)
    expect(valuesOf(backend)).toEqual(numbers.map(() => undefined))
  })

  test('is not used where values are to be migrated', async () => {
    const { machine, refs } = await filled()
    const schemas = { value: { version: 2, migrate: (old: unknown) => [old] } }
    const backend = open(machine, refs, { schemas: schemas as unknown as StateSchemas })
    expect(restore(machine, backend, refs)).toBe(false)
    expect(valuesOf(backend)).toEqual(numbers.map((key) => [key]))
  })

  test('is not used where its tables have other numbers', async () => {
    const { machine, refs } = await filled()
    const backend = open(machine, refs)
    backend.state({ ...valueState, name: 'new' })
    expect(restore(machine, backend, refs)).toBe(false)
    expect(valuesOf(backend)).toEqual(numbers)
  })

  test('does not show again what was over, and the next delta says that it is gone', async () => {
    const machine = newMachine()
    const backend = open(machine)
    const fill = (from: number, to: number) => {
      for (let key = from; key < to; key++) {
        backend.setKey(key % 10, -1)
        backend.state(agedMap).set(key, key)
        backend.setKey(key, -1)
        backend.state(agedValue).set(key)
      }
    }
    // So much that lasts that no group is written whole again.
    for (let key = 0; key < 1000; key++) {
      backend.setKey(key, -1)
      backend.state(valueState).set(key)
    }
    fill(0, 50)
    await machine.segments.save(backend)
    clocks.watermark += 80
    fill(50, 75)
    clocks.watermark += 50
    const refs = await machine.segments.save(backend)
    clocks.watermark = Number.NEGATIVE_INFINITY
    const fromCopy = open(machine, refs)
    const fromSegments = open(newMachine())
    expect(restore(machine, fromCopy, refs)).toBe(true)
    fromSegments.restore(machine.segments.read(refs))
    expect(fromCopy.size().entries).toBe(1050)
    // The newest segment says of a state without a TTL that nothing is over.
    fromCopy.state(lastingMap)
    fromCopy.state(lastingValue)
    fromCopy.setKey('one more', -1)
    fromCopy.state(valueState).set(1)
    const later = await machine.segments.save(fromCopy)
    const fromLater = open(newMachine())
    fromLater.restore(machine.segments.read(later))
    for (const [each, entries] of [
      [fromCopy, 1051],
      [fromSegments, 1050],
      [fromLater, 1051],
    ] as const) {
      expect(each.size().entries).toBe(entries)
      for (let key = 0; key < 10; key++) {
        each.setKey(key, -1)
        const items = each.state(lastingMap)
        expect(items.size).toBe([...items.keys()].length)
        expect([...items.keys()].every((item) => Number(item) >= 50)).toBe(true)
      }
    }
    clocks.watermark = 1000
  })
})

describe('the files of local copies', () => {
  const { files, log } = createNodePlatform()
  const root = mkdtempSync(join(tmpdir(), 'sluice-copies-'))
  let folder = ''
  let target = ''
  let cases = 0

  afterAll(() => rmSync(root, { recursive: true, force: true }))
  beforeEach(() => {
    folder = join(root, `copies-${++cases}`)
    target = join(root, `store-${cases}`)
  })

  function attempt(generation: number): LocalCopies {
    return new LocalCopies({ files, log, folder, logId: 'log', generation })
  }

  function copyOf(name: string): StateCopy {
    const ref: SegmentRef = {
      name,
      sizeBytes: 1,
      checksum: 'c',
      step: 'step',
      range: base.range,
      kind: 'base',
      entries: 1,
    }
    const segment = { ref, whole: [1], wholeBytes: [1], changeBytes: [0] }
    const { step, maxParallelism, range } = base
    return { mark: name, step, maxParallelism, range, tables: [], segments: [segment] }
  }

  function refsOf(name: string): SegmentRef[] {
    return copyOf(name).segments.map(({ ref }) => ref)
  }

  /** What RocksDB would have made. */
  async function make(copies: LocalCopies, checkpoint: number, name: string): Promise<void> {
    const place = copies.place(checkpoint)
    await files.makeDirectory(place)
    writeFileSync(join(place, 'CURRENT'), name)
    await copies.keep(checkpoint, copyOf(name))
  }

  async function settled(names: readonly string[]): Promise<void> {
    await expect.poll(() => readdirSync(folder).sort(), { timeout: 10_000 }).toEqual(names)
  }

  test('a copy is found by its segments, moved, and used once', async () => {
    const first = attempt(1)
    expect(await first.takeTo(target, refsOf('a'))).toBeUndefined()
    await make(first, 4, 'a')
    await make(first, 5, 'b')
    expect(await attempt(2).takeTo(target, refsOf('a'))).toEqual(copyOf('a'))
    expect(readFileSync(join(target, 'CURRENT'), 'utf8')).toBe('a')
    expect(readdirSync(folder)).toEqual([])
    expect(await attempt(3).takeTo(`${target}-again`, refsOf('a'))).toBeUndefined()
  })

  test('without its file, or with a damaged one, a copy counts for nothing', async () => {
    const first = attempt(1)
    await first.takeTo(target, [])
    await make(first, 4, 'a')
    const file = join(folder, '1-4.json')
    const whole = readFileSync(file)
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] as number) ^ 1
      await files.makeDirectory(first.place(4))
      writeFileSync(file, damaged)
      expect(await attempt(2).takeTo(target, refsOf('a'))).toBeUndefined()
    }
    for (const length of [0, 1, 20, whole.length - 1]) {
      await files.makeDirectory(first.place(4))
      writeFileSync(file, whole.subarray(0, length))
      expect(await attempt(2).takeTo(target, refsOf('a'))).toBeUndefined()
    }
    await files.makeDirectory(first.place(4))
    expect(await attempt(2).takeTo(target, refsOf('a'))).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })

  test('a file without its folder is no copy', async () => {
    const first = attempt(1)
    await first.takeTo(target, [])
    await first.keep(4, copyOf('a'))
    expect(await attempt(2).takeTo(target, refsOf('a'))).toBeUndefined()
  })

  test('once a checkpoint is complete the copies of earlier ones are removed', async () => {
    const copies = attempt(1)
    await copies.takeTo(target, [])
    await make(copies, 4, 'a')
    await make(copies, 5, 'b')
    await make(copies, 6, 'c')
    copies.completed(5)
    await settled(['1-5', '1-5.json', '1-6', '1-6.json'])
    copies.drop(6)
    await settled(['1-5', '1-5.json'])
  })

  test('a folder that cannot be used costs nothing but the copies', async () => {
    writeFileSync(folder, 'no folder')
    const copies = attempt(1)
    expect(await copies.takeTo(target, refsOf('a'))).toBeUndefined()
    await copies.keep(4, copyOf('a'))
    copies.completed(5)
    copies.drop(4)
  })
})
