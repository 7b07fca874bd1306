import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { csv } from '../../src/format/csv.ts'
import type { FileFormat } from '../../src/format/file-format.ts'
import { fileSource } from '../../src/source/file-source.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { readAll } from '../source-run.ts'

function filesWith(contents: Record<string, string>): MemoryFileSystem {
  const files = new MemoryFileSystem()
  for (const [path, content] of Object.entries(contents)) files.put(path, content)
  return files
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index)

test('CSV: any fields survive quoting, whatever the chunks', async () => {
  const field = fc.string({
    unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', ';'),
    maxLength: 8,
  })
  const table = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, readLimit) => {
      const format = csv({ header: ['a', 'b', 'c'] })
      const objects = rows.map(([a = '', b = '', c = '']) => ({ a, b, c }))
      const content = objects.map((row) => `${format.encodeText?.(row) ?? ''}\n`).join('')
      const files = filesWith({ f: content })
      files.readLimit = readLimit
      expect(await readAll(fileSource({ path: 'f', format }), files)).toEqual(objects)
    }),
    { numRuns: 150 },
  )
})

test('CSV: headers, delimiters, rows without names, and rows of the wrong length', async () => {
  const read = async (content: string, format: FileFormat<unknown>) =>
    await readAll(fileSource({ path: 'f', format }), filesWith({ f: content }))
  expect(await read('a;b\n1;"2;""x"""\n\n', csv({ delimiter: ';' }))).toEqual([
    { a: '1', b: '2;"x"' },
  ])
  expect(await read('1,2\n3,4', csv({ header: false }))).toEqual([
    ['1', '2'],
    ['3', '4'],
  ])
  expect(await read('5" pipe,x\n', csv({ header: ['what', 'y'] }))).toEqual([
    { what: '5" pipe', y: 'x' },
  ])
  expect(await read('n\n7\n', csv({}, z.object({ n: z.coerce.number() })))).toEqual([{ n: 7 }])
  for (const content of [
    'a,b\n1\n',
    'a,b\n1,2,3\n',
    'a,b\n"1"x,2\n',
    'a,a\n1,2\n',
    'a,b\n"1,2\n',
  ]) {
    await expect(read(content, csv()), content).rejects.toMatchObject({ code: 'RECORD_MALFORMED' })
  }
})

test('CSV without quotes is read in several splits, each with the header of the file', async () => {
  const rows = numbers(0, 500).map((id) => ({ id: String(id), name: `"n${id}` }))
  const content = `id,name\n${rows.map(({ id, name }) => `${id},${name}\n`).join('')}`
  const source = fileSource({ path: 'f', format: csv({ quote: false }), splitBytes: 300 })
  const read = await readAll(source, filesWith({ f: content }), { parallelism: 2 })
  expect(read.toSorted((a, b) => Number(a['id']) - Number(b['id']))).toEqual(rows)
})
