import { readFileSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { parquet } from '../../src/format/parquet.ts'
import { fileSource } from '../../src/source/file-source.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { readAll, SourceRun } from '../source-run.ts'

interface Flight {
  readonly date: Date
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

const path = 'flights-3m.parquet'
const files = new MemoryFileSystem()
const content = readFileSync(`node_modules/vega-datasets/data/${path}`)
const rowsInGroup = 272_727

/** Rows 1000 to 1100 of the file, as the library gives them. */
let sample: Record<string, unknown>[] = []

beforeAll(async () => {
  files.put(path, content)
  const buffer = content.buffer.slice(content.byteOffset, content.byteOffset + content.length)
  sample = await parquetReadObjects({
    file: {
      byteLength: content.length,
      slice: (start, end) => buffer.slice(start, end) as ArrayBuffer,
    },
    compressors,
    rowStart: 1000,
    rowEnd: 1100,
  })
})

test('all three million flights are read in order, with plain values', {
  timeout: 120_000,
}, async () => {
  const source = fileSource({ path, format: parquet<Flight>(), ordered: 'time' })
  const run = new SourceRun(source, files, { capacity: 4096 })
  await run.start()
  let count = 0
  let delays = 0
  let latest = 0
  let sorted = true
  const first: Flight[] = []
  while (!run.finished) {
    for (const flight of await run.step()) {
      if (count >= 1000 && count < 1100) first.push(flight)
      count++
      delays += flight.delay
      if (flight.date.getTime() < latest) sorted = false
      latest = flight.date.getTime()
    }
  }
  await run.close()
  expect(count).toBe(3_000_000)
  expect(sorted).toBe(true)
  expect(delays).toBe(20_003_603)
  const numbers = (row: Record<string, unknown>) => ({
    ...row,
    delay: Number(row['delay']),
    distance: Number(row['distance']),
  })
  expect(first).toEqual(sample.map(numbers))
  expect(run.recorded.counters.get('bytes-read')).toBeGreaterThan(13_000_000)
})

test('reading goes on at a row of a row group exactly', async () => {
  const source = fileSource({ path, format: parquet<Flight>({ columns: ['origin', 'delay'] }) })
  const run = new SourceRun(source, files, { capacity: 777 })
  await run.start()
  let count = 0
  while (count < 10_000) count += (await run.step()).length
  const snapshot = run.snapshot()
  const rest: unknown[] = []
  while (rest.length < 5000) rest.push(...(await run.step()))
  await run.close()
  expect(snapshot.readers[0]?.[0]).toMatchObject({ start: 0, position: count })
  const restored = new SourceRun(source, files, { capacity: 777 }, snapshot)
  await restored.start()
  const again: unknown[] = []
  while (again.length < 5000) again.push(...(await restored.step()))
  await restored.close()
  expect(again.slice(0, 5000)).toEqual(rest.slice(0, 5000))
  expect(Object.keys(again[0] as object)).toEqual(['origin', 'delay'])
})

test('each row group is a split', async () => {
  const run = new SourceRun(fileSource({ path, format: parquet() }), files)
  await run.start()
  while (run.seen.assigned.length === 0) await run.step()
  const { splits } = run.snapshot().enumerator as { splits: { start: number }[] }
  expect(splits.length + run.seen.assigned.length).toBe(11)
  expect(run.seen.total).toBe(content.length)
  await run.close()
})

test('rows that do not fit a schema are malformed, with their row', async () => {
  const Row = z.object({ origin: z.string(), delay: z.number().max(300) })
  const format = parquet({ columns: ['origin', 'delay'] }, Row)
  const run = new SourceRun(fileSource({ path, format, onMalformed: 'dead-letter' }), files)
  await run.start()
  let count = 0
  while (count < rowsInGroup / 2) count += (await run.step()).length
  await run.close()
  expect(run.letters.length).toBeGreaterThan(0)
  expect(run.letters[0]?.position).toMatch(/^row \d+, row group 0$/)
  expect(JSON.parse(run.letters[0]?.raw as string)).toMatchObject({ origin: expect.any(String) })
})

test('a column that is not there and a file that is no Parquet file are said at once', async () => {
  const missing = fileSource({ path, format: parquet({ columns: ['orign'] }) })
  const run = new SourceRun(missing, files)
  const error = await run.toEnd().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'RECORD_MALFORMED', where: { file: path } })
  expect((error as Error).message).toMatch(/no column orign; there are date, delay/)
  for (const broken of ['', 'PAR1', 'no parquet at all', `${'\xff'.repeat(4)}PAR1`]) {
    const others = new MemoryFileSystem()
    others.put('f', broken)
    const reading = readAll(fileSource({ path: 'f', format: parquet() }), others)
    if (broken === '') expect(await reading).toEqual([])
    else await expect(reading, broken).rejects.toMatchObject({ code: 'RECORD_MALFORMED' })
  }
})

test('a damaged row group is an error that names it', async () => {
  const damaged = new MemoryFileSystem()
  const bytes = Uint8Array.from(content)
  bytes.fill(0xff, 4, 400)
  damaged.put('f', bytes)
  const reading = readAll(fileSource({ path: 'f', format: parquet() }), damaged)
  await expect(reading).rejects.toMatchObject({ code: 'RECORD_MALFORMED', where: { file: 'f' } })
})
