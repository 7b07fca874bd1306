import {
  type Committer,
  FileSystemError,
  type NamedCommittable,
  SluiceError,
} from '@sluice/core/connector'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fileSink, type FileSinkOptions } from '../../src/sink/file-sink.ts'
import { listCommitted, readCommittedLines } from '../../src/sink/manifest/committed-results.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { writerContext } from '../test-context.ts'

interface Row {
  readonly id: number
  readonly day?: string
}

const encodeText = (row: Row) => JSON.stringify(row)
const encode = (row: Row) => new TextEncoder().encode(encodeText(row))
const ndjson = { name: 'json', encode, encodeText }
const rows = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: from + index }))

const ids = (from: number, to: number) => rows(from, to).map((row) => row.id)

function setUp(options: Partial<FileSinkOptions<Row>> = {}, files = new MemoryFileSystem()) {
  const sink = fileSink<Row>({ path: 'out', value: ndjson, ...options })
  const clock = { nowMs: 0 }
  return {
    files,
    clock,
    writer: (generation = 3, subtask = 0) =>
      sink.createWriter(writerContext(files, generation, subtask, clock)),
    committer: (generation = 3, logId?: string) => {
      const context = writerContext(files, generation)
      if (sink.createCommitter === undefined) throw new Error('no committer')
      return sink.createCommitter(logId === undefined ? context : { ...context, logId })
    },
  }
}

type Writer = Awaited<ReturnType<ReturnType<typeof setUp>['writer']>>

async function writeAll(writer: Writer, records: readonly Row[]): Promise<void> {
  const times = new Float64Array(records.length)
  for (let from = 0; from < records.length; ) {
    from += writer.write(records, times, from, records.length)
    if (from < records.length) await writer.ready()
  }
}

async function prepare(
  writer: Writer,
  checkpoint: number,
  generation = 3,
): Promise<NamedCommittable[]> {
  const committables = await writer.prepareCommit(checkpoint)
  const scope = { logId: 'aaaabbbbccccdddd', sink: 'out', generation, checkpoint }
  return committables.map(({ part, bytes }) => ({ name: { ...scope, part }, bytes }))
}

async function commitAll(
  committer: Committer,
  checkpoint: number,
  committables: readonly NamedCommittable[],
): Promise<void> {
  await Promise.all(committables.map((each) => committer.commit(each)))
  await committer.checkpointCommitted?.(checkpoint, committables)
}

async function sweep(committer: Committer, generation: number): Promise<void> {
  for (const orphan of await committer.findOrphans('aaaabbbbccccdddd')) {
    if (orphan.generation < generation) await committer.abort(orphan)
  }
}

async function committedIds(files: MemoryFileSystem): Promise<number[]> {
  const ids: number[] = []
  for await (const line of readCommittedLines(files, 'out')) ids.push((JSON.parse(line) as Row).id)
  return ids
}

const hiddenFiles = (files: MemoryFileSystem) =>
  files.paths().filter((path) => path.includes('.sluice'))
const visibleFiles = (files: MemoryFileSystem) =>
  files.paths().filter((path) => !path.includes('.sluice') && !path.includes('_manifests'))

test('nothing is visible before the commit, and everything after it', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 1000))
  const committables = await prepare(out, 7)
  expect(visibleFiles(files)).toEqual([])
  expect(hiddenFiles(files)).toHaveLength(1)
  await commitAll(await committer(), 7, committables)
  expect(visibleFiles(files)).toEqual(['out/out-0000000007-3-0000-000001-aaaabbbb.ndjson'])
  expect(hiddenFiles(files)).toEqual([])
  expect(await committedIds(files)).toEqual(ids(0, 1000))
})

test('an epoch without records prepares nothing and writes no manifest', async () => {
  const { files, writer, committer } = setUp()
  const committables = await prepare(await writer(), 1)
  expect(committables).toEqual([])
  await commitAll(await committer(), 1, committables)
  expect(files.paths()).toEqual([])
})

test('what is prepared survives a crash of the machine, and nothing else counts', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 1)
  await writeAll(out, rows(10, 20))
  files.crash()
  await commitAll(await committer(4), 1, committables)
  files.crash()
  expect(await committedIds(files)).toEqual(ids(0, 10))
})

test('a commit that is repeated, also at the same time by two runs, changes nothing', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 1)
  const old = await committer(3)
  const young = await committer(4)
  await Promise.all([commitAll(old, 1, committables), commitAll(young, 1, committables)])
  await commitAll(young, 1, committables)
  const before = files.paths()
  await commitAll(await committer(5), 1, committables)
  expect(files.paths()).toEqual(before)
  expect(await committedIds(files)).toEqual(ids(0, 10))
})

async function preparedFiles(options: Partial<FileSinkOptions<Row>> = {}) {
  const made = setUp(options)
  const out = await made.writer()
  await writeAll(out, rows(0, 10))
  return { ...made, committables: await prepare(out, 1) }
}

const evenAndOdd = { bucket: (row: Row) => `even=${row.id % 2 === 0}` }

/** Dies at the call with this number, which had its effect or not. False: there are fewer. */
async function dieAtCall(
  { files, committer, committables }: Awaited<ReturnType<typeof preparedFiles>>,
  at: number,
  hadEffect: boolean,
): Promise<boolean> {
  let calls = 0
  files.fault = (operation, path, effect) => {
    if (++calls < at) return
    if (calls === at && hadEffect) effect()
    throw new FileSystemError('failed', operation, path)
  }
  try {
    await commitAll(await committer(3), 1, committables)
    return false
  } catch {
    return true
  } finally {
    files.fault = () => {}
  }
}

test.for([
  { hadEffect: false, machineToo: false },
  { hadEffect: false, machineToo: true },
  { hadEffect: true, machineToo: false },
  { hadEffect: true, machineToo: true },
])('a commit that dies at any call is completed by the next run: %o', async (how) => {
  for (let at = 1; ; at++) {
    const made = await preparedFiles(evenAndOdd)
    const { files, committer, committables } = made
    const died = await dieAtCall(made, at, how.hadEffect)
    if (how.machineToo) files.crash()
    await commitAll(await committer(4), 1, committables)
    files.crash()
    // Nothing is left to do for the third, which finds all of it on the disk.
    expect((await committedIds(files)).toSorted((a, b) => a - b)).toEqual(ids(0, 10))
    const next = await committer(5)
    await commitAll(next, 1, committables)
    await sweep(next, 5)
    files.crash()
    expect(visibleFiles(files)).toHaveLength(2)
    expect(hiddenFiles(files)).toEqual([])
    if (!died) break
  }
})

test.for([{ withManifest: false }, { withManifest: true }])(
  'a commit that sleeps at any call while another run commits succeeds: %o',
  async (how) => {
    for (let at = 1; ; at++) {
      const { files, committer, committables } = await preparedFiles(evenAndOdd)
      const young = await committer(4)
      const old = await committer(3)
      let calls = 0
      let slept = false
      files.gate = async () => {
        if (++calls !== at) return
        slept = true
        files.gate = undefined
        await Promise.all(committables.map((each) => young.commit(each)))
        if (how.withManifest) await young.checkpointCommitted?.(1, committables)
      }
      await commitAll(old, 1, committables)
      expect((await committedIds(files)).toSorted((a, b) => a - b)).toEqual(ids(0, 10))
      expect(hiddenFiles(files)).toEqual([])
      if (!slept) break
    }
  },
)

test('a prepare that dies at any call leaves orphans that the next run removes', async () => {
  for (let at = 1; ; at++) {
    const { files, writer, committer } = setUp({ bucket: (row) => `even=${row.id % 2 === 0}` })
    const out = await writer()
    await writeAll(out, rows(0, 10))
    let calls = 0
    files.fault = (operation, path) => {
      if (++calls >= at) throw new FileSystemError('failed', operation, path)
    }
    const error = await prepare(out, 1).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    files.fault = () => {}
    await out.close()
    const next = await committer(4)
    for (const orphan of await next.findOrphans('aaaabbbbccccdddd')) {
      expect(orphan).toMatchObject({ generation: 3, sink: 'out' })
      await next.abort(orphan)
      await next.abort(orphan)
    }
    expect(files.paths()).toEqual([])
    if (error === undefined) break
    expect(error).toMatchObject({ code: 'SINK_FAILED', where: { sink: 'out', subtask: 0 } })
  }
})

test('the orphans of a checkpoint carry the names that its acknowledgement carries', async () => {
  const { writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 9)
  const orphans = await (await committer(4)).findOrphans('aaaabbbbccccdddd')
  expect(orphans).toEqual(committables.map(({ name }) => name))
})

test('a file that is gone under both names makes the commit impossible', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 4)
  for (const path of hiddenFiles(files)) await files.remove(path)
  const error = await commitAll(await committer(), 4, committables).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({ code: 'COMMIT_IMPOSSIBLE', where: { sink: 'out', checkpoint: 4 } })
  expect((error as Error).message).toMatch(/part 0000-000001 of checkpoint 4 .*10 records/)
})

test('a result with other content makes the commit impossible', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 4)
  files.put('out/out-0000000004-3-0000-000001-aaaabbbb.ndjson', 'something else\n')
  await expect(commitAll(await committer(), 4, committables)).rejects.toMatchObject({
    code: 'COMMIT_IMPOSSIBLE',
  })
})

test('a hidden file of another length makes the commit impossible', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 4)
  for (const path of hiddenFiles(files)) files.put(path, 'torn')
  await expect(commitAll(await committer(), 4, committables)).rejects.toMatchObject({
    code: 'COMMIT_IMPOSSIBLE',
  })
})

test('results that a consumer has moved away after their manifest stay committed', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 4)
  await commitAll(await committer(), 4, committables)
  for (const path of visibleFiles(files)) await files.remove(path)
  await commitAll(await committer(4), 4, committables)
})

test('a commit that fails for a passing reason asks to be tried again', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 4)
  const first = await committer()
  files.fault = (operation, path) => {
    if (operation === 'rename') throw new FileSystemError('full', operation, path)
  }
  const failed = await commitAll(first, 4, committables).catch((thrown: unknown) => thrown)
  expect(failed).toMatchObject({ code: 'COMMIT_FAILED', retry: 'backoff' })
  files.fault = () => {}
  await commitAll(first, 4, committables)
  expect(await committedIds(files)).toHaveLength(10)
})

test('manifests are numbered without gaps, and each is the same whoever writes it', async () => {
  const { files, writer, committer } = setUp()
  const out = await writer()
  const first = await committer()
  for (const checkpoint of [2, 3, 7]) {
    await writeAll(out, rows(checkpoint * 10, checkpoint * 10 + 3))
    const committables = await prepare(out, checkpoint)
    await commitAll(first, checkpoint, committables)
    const before = files.text('out/_manifests/test-job.out/aaaabbbbccccdddd/00000001.json')
    await commitAll(await committer(4), checkpoint, committables)
    expect(files.text('out/_manifests/test-job.out/aaaabbbbccccdddd/00000001.json')).toBe(before)
  }
  const listed = await listCommitted(files, 'out')
  expect(listed.map(({ checkpoint, records }) => ({ checkpoint, records }))).toEqual([
    { checkpoint: 2, records: 3 },
    { checkpoint: 3, records: 3 },
    { checkpoint: 7, records: 3 },
  ])
})

test('files are rolled by size and by age within a checkpoint', async () => {
  const { files, clock, writer, committer } = setUp({ roll: { size: 100, every: '1s' } })
  const out = await writer()
  await writeAll(out, rows(10, 30))
  clock.nowMs = 900
  await writeAll(out, rows(30, 31))
  clock.nowMs = 2000
  await writeAll(out, rows(31, 32))
  const committables = await prepare(out, 1)
  await commitAll(await committer(), 1, committables)
  const listed = await listCommitted(files, 'out')
  expect(listed.map(({ records }) => records)).toEqual([10, 10, 1, 1])
  expect(await committedIds(files)).toEqual(ids(10, 32))
})

test('records go to the folder of their bucket', async () => {
  const { files, writer, committer } = setUp({ bucket: (row) => `day=${row.id % 3}/x` })
  const out = await writer()
  await writeAll(out, rows(0, 9))
  await commitAll(await committer(), 1, await prepare(out, 1))
  expect(visibleFiles(files).map((path) => path.split('/').slice(1, 3).join('/'))).toEqual([
    'day=0/x',
    'day=1/x',
    'day=2/x',
  ])
})

test('many buckets hold a bounded number of files open, and lose nothing', async () => {
  const { files, writer, committer } = setUp({ bucket: (row) => `b${row.id % 300}` })
  const out = await writer()
  await writeAll(out, rows(0, 900))
  await commitAll(await committer(), 1, await prepare(out, 1))
  expect((await committedIds(files)).toSorted((a, b) => a - b)).toEqual(ids(0, 900))
})

test('a bucket that leaves the folder, hides or is no name at all is refused', async () => {
  const bad = [
    '',
    '/abs',
    '../up',
    'a/../b',
    'a//b',
    '.hidden',
    '_manifests',
    'a\\b',
    'a\0b',
    '\ud800',
    7,
  ]
  for (const bucket of bad) {
    const { writer } = setUp({ bucket: () => bucket as string })
    const out = await writer()
    expect(() => out.write(rows(0, 1), new Float64Array(1), 0, 1)).toThrowError(
      expect.objectContaining({ code: 'BUCKET_INVALID' }) as Error,
    )
  }
})

test('a writer that has too much unwritten takes no more until it is ready', async () => {
  const { writer, committer, files } = setUp()
  const out = await writer()
  const large = Array.from({ length: 200 }, (_, id) => ({ id, day: 'x'.repeat(60_000) }))
  const taken = out.write(large, new Float64Array(200), 0, 200)
  expect(taken).toBeGreaterThan(50)
  expect(taken).toBeLessThan(160)
  expect(out.write(large, new Float64Array(200), taken, 200)).toBe(0)
  await out.ready()
  await writeAll(out, large.slice(taken))
  await commitAll(await committer(), 1, await prepare(out, 1))
  expect(await committedIds(files)).toEqual(large.map(({ id }) => id))
})

test('a full disk and missing rights have codes of their own and name the file', async () => {
  const codes = {
    full: 'STORAGE_FULL',
    forbidden: 'STORAGE_FORBIDDEN',
    failed: 'SINK_FAILED',
  } as const
  for (const [kind, code] of Object.entries(codes)) {
    const { files, writer } = setUp()
    const out = await writer()
    files.fault = (operation, path) => {
      if (operation === 'append') throw new FileSystemError(kind as 'full', operation, path)
    }
    await writeAll(out, rows(0, 5))
    const error = await prepare(out, 1).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect((error as SluiceError).where.file).toMatch(/^out\/\.sluice\/test-job\.out\/.*\.tmp$/)
    expect(() => out.write(rows(0, 1), new Float64Array(1), 0, 1)).toThrowError()
  }
})

test('a record that is no single row is refused', async () => {
  const { writer } = setUp({ value: { name: 'text', encode, encodeText: () => 'two\nrows' } })
  const out = await writer()
  expect(() => out.write(rows(0, 1), new Float64Array(1), 0, 1)).toThrowError(
    expect.objectContaining({ code: 'RECORD_NOT_ENCODABLE' }) as Error,
  )
})

function decompressFrames(bytes: Uint8Array): string {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
  const all = Buffer.from(bytes)
  const texts: string[] = []
  for (let from = 0; from < all.length; ) {
    const next = all.indexOf(magic, from + 4)
    const end = next < 0 ? all.length : next
    texts.push(zstdDecompressSync(all.subarray(from, end)).toString())
    from = end
  }
  return texts.join('')
}

test('compressed files are whole files of their format', async () => {
  for (const compress of ['gzip', 'zstd'] as const) {
    const { files, writer, committer } = setUp({ compress })
    const out = await writer()
    const records = Array.from({ length: 30_000 }, (_, id) => ({ id, day: `day ${id % 31}` }))
    await writeAll(out, records)
    await commitAll(await committer(), 1, await prepare(out, 1))
    const [path = ''] = visibleFiles(files)
    expect(path.endsWith(compress === 'gzip' ? '.ndjson.gz' : '.ndjson.zst')).toBe(true)
    const bytes = files.visible.get(path)?.bytes ?? new Uint8Array()
    // Node's zstdDecompressSync reads the first frame alone, so the frames are looked at one by
    // one.
    const text = compress === 'gzip' ? gunzipSync(bytes).toString() : decompressFrames(bytes)
    expect(text === records.map((record) => `${JSON.stringify(record)}\n`).join('')).toBe(true)
  }
})

test('results of the job under another log id are foreign until somebody starts over', async () => {
  const { files, writer, committer } = setUp()
  const other = await committer(1, 'eeeeffff00001111')
  expect(await other.findForeignHistory?.('eeeeffff00001111')).toBeUndefined()
  const out = await writer()
  await writeAll(out, rows(0, 10))
  const committables = await prepare(out, 1)
  const first = await committer()
  await Promise.all(committables.map((each) => first.commit(each)))
  // The trace is there before the first manifest is.
  expect(await other.findForeignHistory?.('eeeeffff00001111')).toContain('aaaabbbbccccdddd')
  await first.checkpointCommitted?.(1, committables)
  expect(await first.findForeignHistory?.('aaaabbbbccccdddd')).toBeUndefined()
  await other.startOver?.('eeeeffff00001111')
  await other.startOver?.('eeeeffff00001111')
  expect(await other.findForeignHistory?.('eeeeffff00001111')).toBeUndefined()
  expect(await committedIds(files)).toEqual([])
})

test('a writer of an old generation cannot touch the files of its successor', async () => {
  const { files, writer, committer } = setUp()
  const sleeper = await writer(3)
  await writeAll(sleeper, rows(0, 5))
  const successor = await writer(4)
  await writeAll(successor, rows(0, 5))
  const promised = await prepare(successor, 2, 4)
  await prepare(sleeper, 2, 3)
  const next = await committer(4)
  await sweep(next, 4)
  await commitAll(next, 2, promised)
  expect(await committedIds(files)).toEqual([0, 1, 2, 3, 4])
  expect(hiddenFiles(files)).toEqual([])
})
