import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generation, nonce } from '../../../src/checkpoint/protocol/identifiers.ts'
import { frame } from '../../../src/checkpoint/protocol/log/framed-json.ts'
import type { CheckpointEntry } from '../../../src/checkpoint/protocol/log/entry.ts'
import { unreferencedSegments } from '../../../src/checkpoint/protocol/collection.ts'
import {
  decodeSavepoint,
  encodeSavepoint,
} from '../../../src/checkpoint/savepoint/savepoint-codec.ts'
import { judgeSavepoint } from '../../../src/checkpoint/savepoint/savepoint-decision.ts'
import {
  checkSavepointName,
  isSavepointName,
  parseUnfinishedName,
  unfinishedName,
} from '../../../src/checkpoint/savepoint/savepoint-name.ts'
import { entryOfSavepoint, savepointOf } from '../../../src/checkpoint/savepoint/savepoint.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { createStorage } from '../../../src/storage/create-storage.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'
import { checkpoint, countStep, fence, LOG, segmentOf, viewOf } from '../protocol/entries.ts'

const drawn = { id: nonce('0123456789abcdef'), name: 'daily', createdAtMs: 7 }

function settled(fields: Partial<CheckpointEntry> = {}): CheckpointEntry {
  const segment = segmentOf(`${LOG}.1.3.count.0.0.segment`, new Uint8Array(1))
  const step = countStep([segment], { operators: [1n], watermarks: [Number.NEGATIVE_INFINITY] })
  return checkpoint(4, 3, 1, { steps: [step], ...fields })
}

describe('the manifest of a savepoint', () => {
  const savepoint = savepointOf(settled(), drawn)

  test('comes back as it was written, and owes nothing as an entry', () => {
    expect(decodeSavepoint(encodeSavepoint(savepoint))).toEqual({ kind: 'savepoint', savepoint })
    const entry = entryOfSavepoint(savepoint)
    expect(entry).toMatchObject({ checkpoint: 3, owes: [], steps: savepoint.steps })
    expect(entryOfSavepoint({ ...savepoint, origin: null }).checkpoint).toBe(1)
  })

  test('recognises every damaged byte, and a newer format', () => {
    const bytes = encodeSavepoint(savepoint)
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] as number) ^ 1
      expect(decodeSavepoint(damaged).kind).toBe('damaged')
    }
    for (let length = 0; length < bytes.length; length += 7) {
      expect(decodeSavepoint(bytes.slice(0, length)).kind).toBe('damaged')
    }
    const newer = frame({ mark: 'sluice-savepoint', format: 2 }, new Uint8Array([1]))
    expect(decodeSavepoint(newer)).toEqual({ kind: 'newer', format: 2 })
  })

  test('names no file outside its folder', () => {
    const [step] = savepoint.steps
    for (const name of ['../x', '/etc/passwd', 'a/b', '', '.', '..']) {
      const segments = step?.segments.map((segment) => ({ ...segment, name })) ?? []
      const steps = step === undefined ? [] : [{ ...step, segments }]
      expect(decodeSavepoint(encodeSavepoint({ ...savepoint, steps })).kind).toBe('damaged')
    }
  })
})

describe('names', () => {
  test('of savepoints are plain, and never what --from means otherwise', () => {
    expect(['daily', 'v2-before-upgrade', 'a'].every(isSavepointName)).toBe(true)
    for (const name of ['latest', 'none', '12', '', '-a', 'A', 'a/b', '..', 'a'.repeat(64)]) {
      expect(() => checkSavepointName(name)).toThrow('not a name for a savepoint')
    }
  })

  test('of unfinished ones tell their owner, and are no names of savepoints', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('under-way' as const, 'garbage' as const),
        fc.option(fc.integer({ min: 1, max: 1e9 })),
        fc.stringMatching(/^[0-9a-f]{1,16}$/),
        (kind, number, random) => {
          const owner = number === null ? null : { logId: LOG, generation: generation(number) }
          const name = unfinishedName(kind, owner, random)
          expect(parseUnfinishedName(name)).toEqual({ kind, owner })
          expect(isSavepointName(name)).toBe(false)
        },
      ),
    )
    for (const name of ['daily', '.savepoint', '.savepoint.x.1.zz.under-way', 'aside']) {
      expect(parseUnfinishedName(name)).toBeUndefined()
    }
  })
})

describe('what a savepoint means for a log', () => {
  const entry = settled()
  const savepoint = savepointOf(entry, drawn)

  test('it is brought into an empty log, and nobody is asked', () => {
    const decision = { kind: 'import', leavesTimeline: false }
    expect(judgeSavepoint(viewOf([]), savepoint, undefined)).toEqual(decision)
    // What a first try has left.
    expect(judgeSavepoint(viewOf([fence(1)]), savepoint, undefined)).toEqual(decision)
  })

  test('a log that holds something else is left behind, which is to be agreed to', () => {
    const other = checkpoint(2, 1, 1)
    const view = viewOf([fence(1), other])
    expect(judgeSavepoint(view, savepoint, other)).toEqual({ kind: 'import', leavesTimeline: true })
    const damaged = viewOf([fence(1), undefined])
    const decision = { kind: 'import', leavesTimeline: true }
    expect(judgeSavepoint(damaged, savepoint, undefined)).toEqual(decision)
  })

  test('where its checkpoint is kept that one is restored', () => {
    const view = viewOf([fence(1), checkpoint(2, 1, 1), checkpoint(3, 2, 1), entry])
    expect(judgeSavepoint(view, savepoint, entry)).toEqual({ kind: 'kept', checkpoint: 3 })
  })

  test('a timeline that began with it goes on', () => {
    const begunFrom = { id: drawn.id, name: 'daily', job: 'shop', place: './daily' }
    const later = checkpoint(5, 9, 1, { begunFrom })
    const view = viewOf([fence(1), checkpoint(2, 1, 1), checkpoint(3, 2, 1), entry, later])
    expect(judgeSavepoint(view, savepoint, later)).toEqual({ kind: 'begun' })
    const fromAnother = { ...begunFrom, id: 'another' }
    expect(judgeSavepoint(viewOf([]), savepoint, { ...later, begunFrom: fromAnother }).kind).toBe(
      'import',
    )
  })
})

test('whoever reads the newest entry may delete what its writer may, and nothing else', () => {
  const kept = `${LOG}.1.3.count.0.0.segment`
  const retained = [{ ...settled().retained[0], segments: [kept] }]
  const newest = settled({ retained } as Partial<CheckpointEntry>)
  const gone = [`${LOG}.1.2.count.0.0.segment`, `${LOG}.1.3.count.0.9.segment`]
  const others = [
    kept,
    // Of a checkpoint under way, of a newer run, of another log, of somebody else.
    `${LOG}.1.4.count.0.0.segment`,
    `${LOG}.2.1.count.0.0.segment`,
    'fedcba9876543210.1.1.count.0.0.segment',
    'notes.txt',
  ]
  expect(unreferencedSegments(newest, [...others, ...gone])).toEqual(gone)
})

test('a file becomes a segment without a copy where the disk can', async () => {
  const platform = createNodePlatform({ logSink: () => {} })
  const folder = temporaryFolder()
  const storage = createStorage(platform, join(folder, 'job'))
  await storage.open()
  const elsewhere = join(folder, 'file')
  writeFileSync(elsewhere, 'abc')
  expect(await storage.adoptSegment?.('s', elsewhere)).toBe(true)
  expect(Buffer.from(await storage.readSegment('s')).toString()).toBe('abc')
  // The answer may have been lost: then the bytes are copied over it.
  expect(await storage.adoptSegment?.('s', elsewhere)).toBe(false)
  await storage.writeSegment('s', [new TextEncoder().encode('abc')])
  expect(readFileSync(elsewhere, 'utf8')).toBe('abc')
  // Whoever copies it then says which file of what is missing.
  expect(await storage.adoptSegment?.('t', join(folder, 'absent'))).toBe(false)
})
