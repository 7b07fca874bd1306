import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonArray } from '../../src/format/json-array.ts'
import { fileSource } from '../../src/source/file-source.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { readAll } from '../source-run.ts'

function filesWith(contents: Record<string, string>): MemoryFileSystem {
  const files = new MemoryFileSystem()
  for (const [path, content] of Object.entries(contents)) files.put(path, content)
  return files
}

test('JSON arrays: what JSON.parse reads is read, and what it refuses is refused', async () => {
  const good = [
    '[]',
    ' [ ] ',
    '[1]',
    '["a,]", {"b":[1,"}\\""]}, [[]], null, -1.5e3 ,"\\\\"]',
    '\n[\n1\n,\n2\n]\n',
  ]
  const bad = [
    '[',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '{}',
    '[1] 2',
    '[1]]',
    '["a]',
    '[1 2]',
    'x',
    '[{]}',
    ' ',
  ]
  const format = jsonArray()
  for (const content of good) {
    for (const readLimit of [1, 3, Infinity]) {
      const files = filesWith({ f: content })
      files.readLimit = readLimit
      expect(await readAll(fileSource({ path: 'f', format }), files), content).toEqual(
        JSON.parse(content),
      )
    }
  }
  for (const content of bad) {
    const files = filesWith({ f: content })
    await expect(readAll(fileSource({ path: 'f', format }), files), content).rejects.toMatchObject({
      code: 'RECORD_MALFORMED',
    })
  }
})

test('JSON arrays of any values give their elements', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue()),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(3),
      async (values, readLimit, indent) => {
        const files = filesWith({ f: JSON.stringify(values, undefined, indent) })
        files.readLimit = readLimit
        expect(await readAll(fileSource({ path: 'f', format: jsonArray() }), files)).toEqual(
          JSON.parse(JSON.stringify(values)),
        )
      },
    ),
  )
})
