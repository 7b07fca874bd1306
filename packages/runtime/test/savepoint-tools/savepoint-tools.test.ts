// Reading a stored state, and making another savepoint of it: against a plain model, and against
// what a run would restore.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { counter, defineJob, memorySink, memorySource } from '@sluice/core'
import type { JobDefinition, Key } from '@sluice/core/internal'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptySavepoint, readSavepoint } from '../../src/savepoint-tools/open-savepoint.ts'
import type { SavepointEdit } from '../../src/savepoint-tools/savepoint-edit.ts'
import { StateReader } from '../../src/savepoint-tools/state-reader.ts'
import type { DescribedStep } from '../../src/restore/step-identity.ts'
import { checksumOf } from '../../src/state/segment/content-checksum.ts'
import { temporaryFolder } from '../coordinator/world/scripted-run.ts'
import { type PlainState, text, visible } from '../state/plain-state.ts'
import { type Change, itemKeys, keys, namespaces } from '../state/state-under-test.ts'
import { platform, restored, shown, snapshotAfter } from './stored-snapshot.ts'

const small = fc.nat({ max: 12 })
const change = fc.record<Change>({
  kind: fc.constantFrom(
    ...(['set', 'clear', 'count', 'uncount', 'push', 'setList', 'clearList', 'setItem'] as const),
    ...(['deleteItem', 'clearMap', 'setAged', 'setAgedItem', 'setTimer', 'deleteTimer'] as const),
    ...(['pushMet', 'setMetItem'] as const),
  ),
  key: small,
  namespace: small,
  item: small,
  value: small,
})
const rounds = fc.array(fc.array(change, { maxLength: 60 }), { minLength: 1, maxLength: 4 })
const parallelism = fc.constantFrom(1, 2, 3)

test('what is read is what the backends held, over bases and deltas', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, parallelism, async (changes, subtasks) => {
      const { savepoint, plain } = await snapshotAfter(changes, subtasks)
      expect(await shown(savepoint)).toEqual(visible(plain, 1, 1))
    }),
    { numRuns: 60 },
  )
})

test('what the newest segment knows to be over is not shown, nor after a change', async () => {
  const all = Array.from(keys.keys())
  const round = (kind: Change['kind']) =>
    all.map((key): Change => ({ kind, key, namespace: 0, item: 0, value: 2 }))
  const { savepoint, plain } = await snapshotAfter([round('setAged'), round('set')], 2, 20)
  const expected = visible(plain, 41, 41)
  expect(expected).toHaveLength(keys.length)
  expect(await shown(savepoint)).toEqual(expected)
  const target = savepoint.edit()
  target.delete('step', 'value', 'a')
  const folder = join(temporaryFolder(), 'changed')
  await target.writeTo(folder)
  const left = expected.filter((line) => line.startsWith('value "a"') === false)
  expect(await shown(await readSavepoint(platform, folder))).toEqual(left)
  // The clock of the backends stands before all of it was written.
  expect(await restored(folder, 3)).toEqual(left)
})

test('a key that is looked for shows what it holds and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, parallelism, small, async (changes, subtasks, which) => {
      const { savepoint } = await snapshotAfter(changes, subtasks)
      const key = keys[which % keys.length] as Key
      const all = await Array.fromAsync(savepoint.entries('step'))
      const own = all.filter((entry) => text(entry.key) === text(key))
      expect(await Array.fromAsync(savepoint.entries('step', { key }))).toEqual(own)
      const lists = await Array.fromAsync(savepoint.entries('step', { key, state: 'list' }))
      expect(lists).toEqual(own.filter(({ state }) => state === 'list'))
      const timers = await Array.fromAsync(savepoint.timers('step'))
      expect(await Array.fromAsync(savepoint.timers('step', { key }))).toEqual(
        timers.filter((timer) => text(timer.key) === text(key)),
      )
    }),
    { numRuns: 40 },
  )
})

interface Edit {
  readonly kind: 'set' | 'delete' | 'setList' | 'setMap' | 'setAged' | 'wipe' | 'timer' | 'noTimer'
  readonly key: number
  readonly namespace: number
  readonly value: number
}

const edit = fc.record<Edit>({
  kind: fc.constantFrom(
    'set',
    'delete',
    'setList',
    'setMap',
    'setAged',
    'wipe',
    'timer',
    'noTimer',
  ),
  key: small,
  namespace: small,
  value: small,
})

/** Makes the same change in the edit and in the model. */
function applyEdit(
  target: SavepointEdit,
  plain: PlainState,
  { kind, key: at, ...rest }: Edit,
): void {
  const key = keys[at % keys.length] as Key
  const namespace = namespaces[rest.namespace % namespaces.length] as number
  const { value } = rest
  const id = text(key)
  const time = value * 5
  switch (kind) {
    case 'set':
      target.set('step', 'value', key, { value })
      plain.set(`value ${id}`, { value }, 0)
      break
    case 'delete':
      target.delete('step', 'counter', key, { namespace })
      plain.cells.delete(`counter ${id} ${namespace}`)
      break
    case 'setList':
      target.set('step', 'list', key, [value, 'new'])
      plain.set(`list ${id}`, [value, 'new'], 0)
      break
    case 'setMap': {
      const [first, second] = itemKeys
      const items =
        value % 3 === 0 ? new Map() : new Map([[value % 2 === 0 ? first : second, value]])
      target.set('step', 'map', key, items, { namespace })
      for (const item of itemKeys) plain.cells.delete(`map ${id} ${namespace} ${text(item)}`)
      for (const [item, each] of items) plain.set(`map ${id} ${namespace} ${text(item)}`, each, 0)
      break
    }
    case 'setAged':
      target.set('step', 'aged', key, value, { writtenAt: 1 })
      plain.set(`aged ${id}`, value, 1)
      break
    case 'wipe':
      target.deleteKey('step', key)
      for (const place of plain.cells.keys()) {
        const rest = place.slice(place.indexOf(' ') + 1)
        if (rest === id || rest.startsWith(`${id} `)) plain.cells.delete(place)
      }
      for (const timers of Object.values(plain.timers)) {
        for (const [name, timer] of timers) if (text(timer.key) === id) timers.delete(name)
      }
      break
    case 'timer':
      target.setTimer('step', 'event', key, time, { namespace })
      plain.timers.event.set(plain.timerId(time, key, namespace), { time, key, namespace })
      break
    case 'noTimer':
      target.deleteTimer('step', 'event', key, time, { namespace })
      plain.timers.event.delete(plain.timerId(time, key, namespace))
      break
  }
}

test('changes make another savepoint, which a run restores at any parallelism', async () => {
  await fc.assert(
    fc.asyncProperty(
      rounds,
      parallelism,
      fc.array(edit, { maxLength: 30 }),
      async (changes, subtasks, edits) => {
        const { savepoint, plain } = await snapshotAfter(changes, subtasks)
        const before = await shown(savepoint)
        const target = savepoint.edit()
        for (const each of edits) applyEdit(target, plain, each)
        const folder = join(temporaryFolder(), 'changed')
        await target.writeTo(folder)
        const expected = visible(plain, 1, 1)
        expect(await shown(await readSavepoint(platform, folder))).toEqual(expected)
        for (const subtasks of [1, 3, 2]) expect(await restored(folder, subtasks)).toEqual(expected)
        expect(await shown(savepoint)).toEqual(before)
      },
    ),
    { numRuns: 60 },
  )
})

const job = defineJob({
  name: 'totals',
  graph: (builder) => {
    builder
      .from('orders', memorySource([{ shop: 'rome' }]))
      .keyBy((order) => order.shop)
      .process('total', { state: { seen: counter() }, onRecord() {} })
      .to('out', memorySink())
  },
}) as unknown as JobDefinition

test('state can be made for a job that never ran', async () => {
  const target = emptySavepoint(platform, job, {})
  for (let at = 0; at < 500; at++) target.set('total', 'seen', `shop-${at}`, at)
  target.setTimer('total', 'event', 'shop-1', 1_000)
  const folder = join(temporaryFolder(), 'new')
  await target.writeTo(folder)
  const savepoint = await readSavepoint(platform, folder)
  expect(savepoint.job).toBe('totals')
  expect(savepoint.steps.map(({ step }) => step)).toEqual(['total'])
  const entries = await Array.fromAsync(savepoint.entries('total'))
  expect(entries).toHaveLength(500)
  expect(entries).toContainEqual({ state: 'seen', kind: 'counter', key: 'shop-77', value: 77 })
  expect(await Array.fromAsync(savepoint.timers('total'))).toEqual([
    { domain: 'event', key: 'shop-1', namespace: 0, time: 1_000 },
  ])
})

test('what cannot be changed so is refused, and says what there is', () => {
  const target = emptySavepoint(platform, job, {})
  const codeOf = (call: () => void): string | undefined => {
    try {
      call()
    } catch (error) {
      const { code, message, hint } = error as { code: string; message: string; hint?: string }
      return `${code} ${message} ${hint ?? ''}`
    }
    return undefined
  }
  expect(codeOf(() => target.set('totals', 'seen', 'a', 1))).toContain('It has total.')
  expect(codeOf(() => target.set('total', 'sum', 'a', 1))).toContain('It has seen.')
  expect(codeOf(() => target.set('total', 'seen', 'a', 'text'))).toBe(
    "USAGE The state 'seen' of 'total' is a counter: give a number. ",
  )
  expect(codeOf(() => target.set('total', 'seen', {} as never, 1))).toMatch(/^KEY_INVALID/)
  expect(codeOf(() => target.setTimer('total', 'event', 'a', Number.NaN))).toMatch(/^USAGE/)
})

async function readAll(stored: StateReader): Promise<string> {
  try {
    await shown(stored)
    return 'read'
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code} ${message}`
  }
}

test('damage at any byte is told with the name of the segment', async () => {
  const fill = Array.from({ length: 4 }, (_, key): Change => {
    return { kind: 'count', key, namespace: 0, item: 0, value: 1 }
  })
  const { savepoint } = await snapshotAfter([fill], 1)
  const { path } = savepoint.folder
  const [name = ''] = readdirSync(path)
  const file = join(path, name)
  const bytes = readFileSync(file)
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes)
    damaged[at] = (damaged[at] as number) ^ 0x04
    writeFileSync(file, damaged)
    expect(await readAll(savepoint)).toContain(`CHECKPOINT_DAMAGED The segment ${file} is damaged`)
  }
  const newer = Uint8Array.from(bytes)
  newer[8] = 99
  writeFileSync(file, newer)
  const [step] = savepoint.snapshot.steps as [DescribedStep]
  const segments = step.segments.map((ref) => ({ ...ref, checksum: checksumOf(newer) }))
  const snapshot = { ...savepoint.snapshot, steps: [{ ...step, segments }] }
  expect(await readAll(new StateReader('it', snapshot, savepoint.folder))).toContain(
    `CHECKPOINT_FORMAT_NEWER The segment ${file} has format 99`,
  )
  writeFileSync(file, bytes.subarray(0, bytes.length - 3))
  expect(await readAll(savepoint)).toContain('CHECKPOINT_DAMAGED')
  rmSync(file)
  expect(await readAll(savepoint)).toContain('it is missing')
})
