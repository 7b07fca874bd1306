import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { csv } from '../../src/format/csv.ts'
import type { FileFormat } from '../../src/format/file-format.ts'
import { jsonArray } from '../../src/format/json-array.ts'
import { lines, ndjson } from '../../src/format/lines.ts'
import { fileSource } from '../../src/source/file-source.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { readAll, SourceRun } from '../source-run.ts'

function filesWith(contents: Record<string, string | Uint8Array>): MemoryFileSystem {
  const files = new MemoryFileSystem()
  for (const [path, content] of Object.entries(contents)) files.put(path, content)
  return files
}

async function linesOf(content: string | Uint8Array): Promise<string[]> {
  return await readAll(fileSource({ path: 'f', format: lines() }), filesWith({ f: content }))
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

test('lines end with LF or CR LF, and the last one with the file', async () => {
  expect(await linesOf('a\nb\r\n\nc')).toEqual(['a', 'b', '', 'c'])
  expect(await linesOf('a\n')).toEqual(['a'])
  expect(await linesOf('\n')).toEqual([''])
  expect(await linesOf('a\rb\n')).toEqual(['a\rb'])
})

test('a byte order mark is no part of the first line', async () => {
  expect(await linesOf('\ufeffa\nb')).toEqual(['a', 'b'])
  expect(await linesOf('\ufeff')).toEqual([])
})

test('an empty file has no records', async () => {
  const files = filesWith({ 'd/a': '', 'd/b': 'x\n', 'd/c': '' })
  expect(await readAll(fileSource({ path: 'd', format: lines() }), files)).toEqual(['x'])
})

test('blank lines of NDJSON are passed over and count as lines', async () => {
  const files = filesWith({ f: '1\n\n  \r\n2\n{\n' })
  const source = fileSource({ path: 'f', format: ndjson(), onMalformed: 'dead-letter' })
  const run = new SourceRun(source, files)
  expect(await run.toEnd()).toEqual([1, 2])
  expect(run.letters).toMatchObject([{ split: 'f:0-11', position: 'line 5, byte 9' }])
})

test('any splits, positions and restores give each line exactly once', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('', 'é', '日本語', '😀'.repeat(5), 'x'.repeat(300)),
  )
  const cases = fc.record({
    lines: fc.array(
      line.map((text) => text.replaceAll(/[\r\n\ufeff]/g, '_')),
      { maxLength: 60 },
    ),
    ends: fc.constantFrom('\n', '\r\n'),
    isOpen: fc.boolean(),
    splitBytes: fc.integer({ min: 1, max: 400 }),
    capacity: fc.integer({ min: 1, max: 20 }),
    parallelism: fc.integer({ min: 1, max: 3 }),
    crashes: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
    chunk: fc.integer({ min: 1, max: 100 }),
  })
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const { ends, isOpen, splitBytes, capacity, crashes } = given
      const wanted = isOpen && given.lines.at(-1) === '' ? given.lines.slice(0, -1) : given.lines
      const content = wanted.map((text) => text + ends).join('')
      const files = filesWith({ f: isOpen ? content.replace(/\r?\n$/, '') : content })
      files.readLimit = given.chunk
      if (isOpen && wanted.length > 0 && wanted.at(-1) === '') return
      const source = fileSource({ path: 'f', format: lines(), splitBytes })
      const records: string[] = []
      let run = new SourceRun(source, files, { parallelism: given.parallelism, capacity })
      await run.start()
      for (const steps of crashes) {
        const kept: string[] = []
        for (let step = 0; step < steps && !run.finished; step++) kept.push(...(await run.step()))
        const snapshot = run.snapshot()
        records.push(...kept)
        // What is read after the snapshot is thrown away, as a crash does.
        for (let step = 0; step < 2 && !run.finished; step++) await run.step()
        await run.close()
        run = new SourceRun(source, files, { parallelism: 1 + (steps % 3), capacity }, snapshot)
        await run.start()
      }
      while (!run.finished) records.push(...(await run.step()))
      await run.close()
      expect(records.toSorted(compare)).toEqual(wanted.toSorted(compare))
      if (given.parallelism === 1 && crashes.length === 0) expect(records).toEqual(wanted)
    }),
    { numRuns: 150 },
  )
})

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

test('reading goes on at any record of any format exactly behind it', async () => {
  const rows = numbers(0, 18).map((id) => ({
    id: String(id),
    text: id % 3 === 0 ? `a "q"\n,${id}é` : 'x',
  }))
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const csvText = `id,text\n${rows.map(({ id, text }) => `${id},${quoted(text)}\r\n`).join('')}`
  const ndjsonText = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const arrayText = ` [ ${rows.map((row) => JSON.stringify(row)).join(' ,\n')} ] \n`
  const cases: [string, string | Uint8Array, FileFormat<unknown>][] = [
    ['f.ndjson', ndjsonText, ndjson()],
    ['f.ndjson', `\ufeff${ndjsonText}`, ndjson()],
    ['f.ndjson.gz', gzipSync(ndjsonText), ndjson()],
    [
      'f.ndjson.gz',
      Buffer.concat([gzipSync(ndjsonText.slice(0, 99)), gzipSync(ndjsonText.slice(99))]),
      ndjson(),
    ],
    ['f.ndjson.zst', zstdCompressSync(ndjsonText), ndjson()],
    ['f.json', arrayText, jsonArray()],
    ['f.json', `\ufeff${arrayText}`, jsonArray()],
    ['f.json.gz', gzipSync(arrayText), jsonArray()],
    ['f.csv', csvText, csv()],
    ['f.csv', `\ufeff${csvText}`, csv()],
    ['f.csv.gz', gzipSync(csvText), csv()],
  ]
  for (const [path, content, format] of cases) {
    const files = filesWith({ [path]: content })
    files.readLimit = 37
    const source = fileSource({ path, format })
    for (const stop of numbers(0, rows.length + 1)) {
      const first = new SourceRun(source, files, { capacity: 1 })
      await first.start()
      const records: unknown[] = []
      while (records.length < stop) records.push(...(await first.step()))
      const snapshot = first.snapshot()
      await first.close()
      const rest = new SourceRun(source, files, { capacity: 7 }, snapshot)
      expect([...records, ...(await rest.toEnd())], `${path} at ${stop}`).toEqual(rows)
    }
  }
})

test('a snapshot of several files after any number of polls loses and doubles none', async () => {
  const files = filesWith({
    'in/1.json': '\ufeff[ 1, 2 ]',
    'in/2.json': '[]',
    'in/3.json': '\n[3,\n"é"]\n',
    'in/4.json': '[5]',
  })
  files.readLimit = 2
  const source = fileSource({ path: 'in', format: jsonArray() })
  for (let polls = 0; ; polls++) {
    const first = new SourceRun(source, files, { capacity: 1, parallelism: 2 })
    await first.start()
    const records: unknown[] = []
    for (let poll = 0; poll < polls; poll++) records.push(...(await first.step()))
    const { finished } = first
    const snapshot = first.snapshot()
    await first.close()
    const rest = await new SourceRun(source, files, {}, snapshot).toEnd()
    const wanted = [1, 2, 3, 5, 'é']
    expect([...records, ...rest].toSorted(byText), `after ${polls} polls`).toEqual(wanted)
    if (finished) break
  }
})

const byText = (a: unknown, b: unknown) => compare(String(a), String(b))

test('files of several zstd frames, skippable ones among them, are read to their end', async () => {
  const text = numbers(0, 20_000)
    .map((id) => `${id}\n`)
    .join('')
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const parts = [text.slice(0, 50_001), text.slice(50_001, 50_002), '', text.slice(50_002)]
  const frames = parts.map((part) => zstdCompressSync(part))
  const content = Buffer.concat([skippable, ...frames.flatMap((frame) => [frame, skippable])])
  for (const readLimit of [7, 1000, Infinity]) {
    const files = filesWith({ 'f.zst': content })
    files.readLimit = readLimit
    const read = await readAll(fileSource({ path: 'f.zst', format: lines() }), files)
    expect(read.length).toBe(20_000)
    expect(read.join('\n') === text.trimEnd()).toBe(true)
  }
})

test('a compressed file that breaks off is an error and not a shorter file', async () => {
  const text = numbers(0, 10_000)
    .map((id) => `${id * 7919}\n`)
    .join('')
  for (const [path, whole] of [
    ['f.gz', gzipSync(text)],
    ['f.zst', zstdCompressSync(text)],
  ] as const) {
    for (const length of [1, 4, 12, 1000, whole.length - 1]) {
      const files = filesWith({ [path]: whole.subarray(0, length) })
      await expect(
        readAll(fileSource({ path, format: lines() }), files),
        `${path} ${length}`,
      ).rejects.toMatchObject({ code: 'RECORD_MALFORMED', where: { file: path } })
    }
  }
})

test('bytes that are no UTF-8 cost only their record', async () => {
  const content = Buffer.concat([
    Buffer.from('good é\n'),
    Buffer.from([0x62, 0xff, 0x0a]),
    Buffer.from('日本\n'),
    Buffer.from([0xe6, 0x97]),
  ])
  for (const readLimit of [1, 2, 3, 5, Infinity]) {
    const files = filesWith({ f: content })
    files.readLimit = readLimit
    const run = new SourceRun(
      fileSource({ path: 'f', format: lines(), onMalformed: 'dead-letter' }),
      files,
    )
    expect(await run.toEnd()).toEqual(['good é', '日本'])
    expect(
      run.letters.map(({ position, raw }) => [position, Buffer.from(raw as Uint8Array)]),
    ).toEqual([
      ['line 2, byte 8', Buffer.from([0x62, 0xff, 0x0a])],
      ['line 4, byte 18', Buffer.from([0xe6, 0x97])],
    ])
  }
})

test('a malformed record fails, is skipped and counted, or becomes a dead letter', async () => {
  const content = '{"id":1}\n{"id":\n{"id":"three"}\n{"id":4}\n'
  const Row = z.object({ id: z.number() })
  const files = filesWith({ 'd/f.ndjson': content })
  const failing = new SourceRun(fileSource({ path: 'd', format: ndjson(Row) }), files)
  const error = await failing.toEnd().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'RECORD_MALFORMED',
    where: { file: 'd/f.ndjson', step: 'step' },
  })
  expect((error as Error).message).toContain('d/f.ndjson, line 2, byte 9')
  const skipping = new SourceRun(
    fileSource({ path: 'd', format: ndjson(Row), onMalformed: 'skip' }),
    files,
  )
  expect(await skipping.toEnd()).toEqual([{ id: 1 }, { id: 4 }])
  expect(skipping.recorded.counters.get('records-malformed')).toBe(2)
  const keeping = new SourceRun(
    fileSource({ path: 'd', format: ndjson(Row), onMalformed: 'dead-letter' }),
    files,
  )
  expect(await keeping.toEnd()).toEqual([{ id: 1 }, { id: 4 }])
  expect(keeping.letters.map(({ reason, position }) => [position, reason])).toEqual([
    ['line 2, byte 9', expect.stringContaining('JSON')],
    ['line 3, byte 16', expect.stringContaining('id')],
  ])
})

test('a schema that validates asynchronously is refused', async () => {
  const Row = z.object({ id: z.number() }).refine(async () => true)
  const source = fileSource({ path: 'f', format: ndjson(Row) })
  await expect(readAll(source, filesWith({ f: '{"id":1}\n' }))).rejects.toMatchObject({
    code: 'SCHEMA_ASYNC',
  })
})

test('a record above 64 MiB is an error, and one just below is read', async () => {
  const large = 'x'.repeat(64 * 1024 * 1024 - 1)
  const files = filesWith({ f: `a\n${large}\nb\n` })
  const read = await readAll(fileSource({ path: 'f', format: lines() }), files)
  expect(read.map((line) => line.length)).toEqual([1, large.length, 1])
  files.put('g', `a\n${large}xx\nb\n`)
  await expect(readAll(fileSource({ path: 'g', format: lines() }), files)).rejects.toMatchObject({
    code: 'RECORD_TOO_LARGE',
  })
})

test('files, folders and globs are read in order of name, hidden names excepted', async () => {
  const files = filesWith({
    'in/b/2.log': 'b2',
    'in/b/deep/3.log': 'b3',
    'in/a.log': 'a',
    'in/.hidden': 'no',
    'in/_manifests/1.json': 'no',
    'in/c.txt': 'c',
    'in/10.log': '10',
  })
  const read = async (path: string | string[]) =>
    await readAll(fileSource({ path, format: lines() }), files)
  expect(await read('in')).toEqual(['10', 'a', 'b2', 'b3', 'c'])
  expect(await read('in/')).toEqual(['10', 'a', 'b2', 'b3', 'c'])
  expect(await read('in/*.log')).toEqual(['10', 'a'])
  expect(await read('in/**/*.log')).toEqual(['10', 'a', 'b2', 'b3'])
  expect(await read('in/*/?.log')).toEqual(['b2'])
  expect(await read('in/{a,c}.*')).toEqual(['a', 'c'])
  expect(await read(['in/c.txt', 'in/a.log', 'in/*.txt'])).toEqual(['c', 'a'])
  await expect(read('nothing')).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    where: { file: 'nothing' },
  })
})

test('a file that vanishes, shrinks, or is replaced or rewritten ends the job', async () => {
  const content = numbers(0, 1000)
    .map((id) => `${id}\n`)
    .join('')
  const changes: [string, (files: MemoryFileSystem) => void][] = [
    ['it is gone', (files) => void files.visible.delete('f')],
    ['it has shrunk', (files) => files.change('f', content.slice(0, 100))],
    ['it was rewritten', (files) => files.change('f', content.replace('5', '6'))],
    ['it was replaced', (files) => files.put('f', content)],
    ['it was replaced', (files) => files.put('f', `${content}1\n`)],
  ]
  for (const [reason, change] of changes) {
    const files = filesWith({ f: content })
    const source = fileSource({ path: 'f', format: lines() })
    const first = new SourceRun(source, files, { capacity: 10 })
    await first.start()
    while ((await first.step()).length === 0);
    const snapshot = first.snapshot()
    await first.close()
    change(files)
    const rest = new SourceRun(source, files, {}, snapshot)
    const error = await rest.toEnd().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_CHANGED', where: { file: 'f' } })
    expect((error as Error).message).toContain(reason)
    expect((error as Error).message).toMatch(/Wanted: \d+ bytes, .*; found: /)
  }
})

test('lines that are added to a file after it was found are not read', async () => {
  const files = filesWith({ f: 'one\ntwo\nthr' })
  const run = new SourceRun(fileSource({ path: 'f', format: lines() }), files)
  await run.start()
  const found = run.snapshot()
  await run.close()
  files.change('f', 'one\ntwo\nthree\nfour\n')
  const rest = new SourceRun(fileSource({ path: 'f', format: lines() }), files, {}, found)
  expect(await rest.toEnd()).toEqual(['one', 'two', 'three'])
})

test('new files are found while the source watches, each once', async () => {
  const files = filesWith({ 'in/1': 'a\n' })
  const looks: (() => void)[] = []
  const timers = {
    after: (_delayMs: number, call: () => void) => {
      looks.push(call)
      return () => {}
    },
    sleep: () => new Promise<void>(() => {}),
  }
  const source = fileSource({ path: 'in', format: lines(), watch: '1s' })
  expect(source.bounded).toBe(false)
  const settle = async (run: SourceRun<string>) => {
    const records: string[] = []
    for (let step = 0; step < 20; step++) records.push(...(await run.step()))
    return records
  }
  const run = new SourceRun(source, files, { timers })
  await run.start()
  expect(await settle(run)).toEqual(['a'])
  files.put('in/2', 'b\n')
  looks.shift()?.()
  expect(await settle(run)).toEqual(['b'])
  files.put('in/3', 'c\n')
  looks.shift()?.()
  await settle(run)
  const snapshot = run.snapshot()
  await run.close()
  const restored = new SourceRun(source, files, { timers }, snapshot)
  await restored.start()
  files.put('in/4', 'd\n')
  looks.pop()?.()
  expect(await settle(restored)).toEqual(['d'])
  files.change('in/1', 'a\nmore\n')
  looks.pop()?.()
  await expect(settle(restored)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' })
  await restored.close()
})

test('splits are handed out in order, in turn, and one in advance', async () => {
  const files = filesWith(Object.fromEntries(numbers(0, 9).map((id) => [`in/${id}`, `${id}\n`])))
  const source = fileSource({ path: 'in', format: lines(), ordered: 'time' })
  const run = new SourceRun(source, files, { parallelism: 2 })
  await run.start()
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  expect(run.seen.assigned.map(({ subtask, splits }) => [subtask, splits[0]?.file.path])).toEqual([
    [0, 'in/0'],
    [1, 'in/1'],
    [0, 'in/2'],
    [1, 'in/3'],
  ])
  expect(run.seen.pending).toBe(true)
  expect(run.seen.total).toBe(18)
  while (!run.finished) await run.step()
  expect(run.seen.pending).toBe(false)
  expect(run.recorded.counters.get('bytes-read')).toBe(18)
  await run.close()
})

test('settings that make no sense are refused where the source is built', () => {
  const format = lines()
  const bad: (() => unknown)[] = [
    () => fileSource({ path: '', format }),
    () => fileSource({ path: [], format }),
    () => fileSource({ path: 'f', format, splitBytes: 0 }),
    () => fileSource({ path: 'f', format, splitBytes: '3 MB' as '3MiB' }),
    () => fileSource({ path: 'f', format, onMalformed: 'ignore' as 'skip' }),
    () => fileSource({ path: 'f', format, watch: '0s' }),
    () => csv({ delimiter: '' }),
    () => csv({ delimiter: '"' }),
    () => csv({ header: ['a', 'a'] }),
  ]
  for (const build of bad) {
    expect(build).toThrowError(expect.objectContaining({ code: 'SETTING_INVALID' }) as Error)
  }
})
