// The checks themselves: each finds what it is there for. A check that cannot fail proves nothing.

import { zstdCompressSync } from 'node:zlib'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../../../packages/runtime/src/checkpoint/protocol/log/entry.ts'
import { encodeEntry } from '../../../packages/runtime/src/checkpoint/protocol/log/entry-codec.ts'
import { committedRows } from './committed-rows.ts'
import { DiskWatch } from './disk-watch.ts'
import { judgeLeftovers } from './leftovers.ts'
import { LogHistory } from './log-history.ts'
import { multisetDifferences } from './multisets.ts'

const folders = ['/checkpoints', '/checkpoints/log', '/checkpoints/segments', '/checkpoints/floor']
const staging = '/out/out/.sluice/simulated.out/aaaabbbbcccc'
const visible = '/out/out/out-0000000001-1-0000-000001-aaaabbbb.ndjson'

/** A disk that is watched, and what was found. */
function watchedDisk() {
  const world = new SimulatedWorld({ seed: 1 })
  const { disk } = world
  const violations: string[] = []
  const report = (violation: string) => void violations.push(violation)
  const history = new LogHistory(disk, report)
  const watch = new DiskWatch(world, history, report)
  for (const folder of [...folders, '/checkpoints/aside']) disk.makeDirectory(folder)
  const parts = staging.split('/')
  parts.slice(1).forEach((_, index) => disk.makeDirectory(parts.slice(0, index + 2).join('/')))
  disk.onChange = (change) => watch.changed(change)
  return { disk, history, watch, violations }
}

type Watched = ReturnType<typeof watchedDisk>

function write({ disk }: Watched, path: string, bytes: Uint8Array, durable = true): void {
  const file = disk.create(path)
  disk.append(file, bytes, path)
  if (!durable) return
  file.sync()
  const folders = path.split('/').slice(0, -1)
  folders.forEach((_, index) => disk.syncDirectory(folders.slice(0, index + 1).join('/') || '/'))
}

function entry(position: number, fields: Partial<Record<string, unknown>> = {}): LogEntry {
  const head = { job: 'simulated', logId: 'aaaabbbbcccc', position, nonce: `nonce-of-${position}` }
  const common = { ...head, generation: 1, writtenAtMs: 0 }
  if (fields['kind'] === 'fence') {
    return { ...common, generation: position, restores: null, givenUp: [], ...fields } as never
  }
  const plan = { hash: '', parallelism: 1, maxParallelism: 16 }
  const rest = {
    end: 'continues',
    triggeredAtMs: 0,
    plan,
    steps: [],
    owes: [],
    idempotentSinks: [],
  }
  const itself = { position, checkpoint: position, generation: 1, segments: [] }
  const checkpoint = { kind: 'checkpoint', checkpoint: position, ...rest, retained: [itself] }
  return { ...common, ...checkpoint, ...fields } as never
}

let asides = 0

function append(watched: Watched, made: LogEntry, durable = true): void {
  const aside = `/checkpoints/aside/${++asides}`
  write(watched, aside, encodeEntry(made))
  watched.disk.link(aside, `/checkpoints/log/${String(made.position).padStart(12, '0')}`)
  if (durable) watched.disk.syncDirectory('/checkpoints/log')
}

/** A committable whose hidden part has three bytes. */
function owed() {
  const file = visible.slice('/out/out/'.length)
  const said = { version: 1, hidden: 'part.tmp', file, sizeBytes: 3, crc32: 0, records: 1 }
  const name = { logId: 'aaaabbbbcccc', sink: 'out', generation: 1, checkpoint: 2, part: 'part' }
  return { name, bytes: new TextEncoder().encode(JSON.stringify(said)) }
}

function withFence(): Watched {
  const watched = watchedDisk()
  append(watched, entry(1, { kind: 'fence' }))
  expect(watched.violations).toEqual([])
  return watched
}

describe('the log', () => {
  test('of a run without faults shows nothing', () => {
    const watched = withFence()
    append(watched, entry(2))
    append(watched, entry(3, { kind: 'fence' }))
    append(watched, entry(4, { generation: 3 }))
    expect(watched.violations).toEqual([])
    expect(watched.history.completed).toBe(2)
  })

  test('shows a position that is won twice', () => {
    const watched = withFence()
    append(watched, entry(2))
    watched.disk.remove('/checkpoints/log/000000000002')
    append(watched, entry(2, { nonce: 'another-nonce' }))
    expect(watched.violations).toContain('position 2 was won twice')
  })

  test('shows an entry of an older generation above a fence', () => {
    const watched = withFence()
    append(watched, entry(2, { kind: 'fence' }))
    append(watched, entry(3))
    expect(watched.violations).toEqual(['entry 3 of generation 1 stands above fence 2'])
  })

  test('shows a checkpoint that does not come after the one before', () => {
    const watched = withFence()
    append(watched, entry(2))
    append(watched, entry(3, { checkpoint: 2 }))
    expect(watched.violations).toEqual(['checkpoint 2 comes after checkpoint 2'])
  })

  test('shows a gap', () => {
    const watched = withFence()
    append(watched, entry(3))
    expect(watched.violations).toEqual(['entry 3 was created above a gap'])
  })

  test('shows a segment that is named and not durable', () => {
    const watched = withFence()
    const bytes = Uint8Array.of(1, 2, 3)
    write(watched, '/checkpoints/segments/a', bytes, false)
    const segment = { name: 'a', sizeBytes: 3 }
    append(watched, entry(2, { steps: [{ segments: [segment] }] }))
    expect(watched.violations).toEqual(['entry 2 names segment a, which is not durable'])
  })

  test('shows a run that believes in a checkpoint or a fence that does not stand', () => {
    const { history, violations } = withFence()
    history.believedFence(1)
    expect(violations).toEqual([])
    history.believedFence(2)
    history.believedCheckpoint(1, 2)
    expect(violations).toEqual([
      'a run has generation 2, and no such fence stands',
      'generation 1 completed checkpoint 2, and it does not stand',
    ])
  })

  test('shows an entry that is deleted above the floor', () => {
    const watched = withFence()
    append(watched, entry(2))
    watched.disk.remove('/checkpoints/log/000000000001')
    expect(watched.violations).toEqual(['entry 1 above the floor was deleted'])
  })
})

describe('a result', () => {
  const hidden = `${staging}/part.tmp`

  function prepared(durable = true): Watched {
    const watched = withFence()
    write(watched, hidden, Uint8Array.of(1, 2, 3))
    append(watched, entry(2, { owes: [owed()] }), durable)
    return watched
  }

  test('that a durable entry owes may become visible', () => {
    const watched = prepared()
    watched.disk.rename(hidden, visible)
    watched.watch.reads(3)
    expect(watched.violations).toEqual([])
  })

  test('must not become visible without an entry', () => {
    const watched = withFence()
    write(watched, hidden, Uint8Array.of(1, 2, 3))
    watched.disk.rename(hidden, visible)
    expect(watched.violations).toEqual([`${visible} became visible, and no entry owes it`])
  })

  test('must not become visible before its entry is durable', () => {
    const watched = prepared(false)
    watched.disk.rename(hidden, visible)
    expect(watched.violations[0]).toContain('before the entry that owes it was durable')
  })

  test('must not be thrown away while it is owed', () => {
    const watched = prepared()
    watched.disk.remove(hidden)
    expect(watched.violations[0]).toContain('was thrown away')
  })

  test('that is owed below a fence must be visible before anything is read above it', () => {
    const watched = prepared()
    watched.watch.reads(3)
    expect(watched.violations).toEqual([`generation 3 reads, and ${visible} is not committed`])
  })

  test('that is hidden and that nobody owes is found when all is over', () => {
    const watched = prepared()
    write(watched, `${staging}/stray.tmp`, Uint8Array.of(1))
    watched.disk.rename(hidden, visible)
    const { disk, history, watch } = watched
    const left = judgeLeftovers(disk, history, watch, 1)
    expect(left).toContain(`${staging}/stray.tmp is hidden and nobody's`)
    expect(left).toContain('/checkpoints/log/000000000001 is below all that is retained')
  })
})

test('the rows of a compressed file are those of all its frames', () => {
  const watched = watchedDisk()
  const frame = (id: number) => zstdCompressSync(Buffer.from(`{"id":${id}}\n`))
  const bytes = Buffer.concat([frame(1), frame(2), frame(3)])
  write(watched, visible.replace('ndjson', 'ndjson.zst'), bytes)
  expect(committedRows(watched.disk, 'out')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
})

test('rows that are lost or doubled are found', () => {
  expect(multisetDifferences('rows', ['a', 'b', 'b'], ['b', 'c'])).toEqual([
    'rows: lost 2: a, b',
    'rows: doubled 1: c',
  ])
})
