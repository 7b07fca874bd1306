// Splits of one reader that are paused and read on, whatever has become of them meanwhile.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lines } from '../../src/format/lines.ts'
import { fileSource } from '../../src/source/file-source.ts'
import { type FileSplit, newSplit } from '../../src/split/file-split.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { TestBatch } from '../source-run.ts'
import { connectorContext } from '../test-context.ts'

const files = ['a', 'b', 'c', 'd']
const linesPerFile = 10

const system = new MemoryFileSystem()
for (const name of files) {
  const text = Array.from({ length: linesPerFile }, (_, line) => `${name}${line}\n`).join('')
  system.put(name, text)
}

const first = await Promise.all(
  files.map(async (path) => {
    const file = await system.stat(path)
    if (file === undefined) throw new Error(`There is no ${path}.`)
    return newSplit({ path, ...file }, 0, file.sizeBytes)
  }),
)
const idOf = (name: string) => (first[files.indexOf(name)] as FileSplit).id

function openReader(restored: readonly FileSplit[]) {
  const source = fileSource({ path: files, format: lines() })
  const reader = source.createReader({ ...connectorContext(system), subtask: 0, parallelism: 1 })
  reader.addSplits(restored)
  return reader
}

/** Polls until there is something, or nothing for a while. */
async function next(reader: ReturnType<typeof openReader>, capacity = 3) {
  for (let tries = 0; tries < 20; tries++) {
    const batch = new TestBatch<string>(capacity)
    const status = reader.poll(batch)
    if (batch.length > 0 || batch.splitFinished || status === 'end') return { batch, status }
    await Promise.race([reader.ready(), new Promise((resolve) => setTimeout(resolve, 2))])
  }
  return undefined
}

async function readLines(reader: ReturnType<typeof openReader>): Promise<string[]> {
  const read: string[] = []
  for (;;) {
    const found = await next(reader)
    if (found === undefined || found.status === 'end') return read
    read.push(...found.batch.values.slice(0, found.batch.length))
  }
}

test('another split is read while one is paused, and that goes on where it was', async () => {
  const reader = openReader(first)
  reader.noMoreSplits()
  expect((await next(reader))?.batch.values).toEqual(['a0', 'a1', 'a2'])
  reader.pauseSplits?.([idOf('a')])
  expect((await next(reader))?.batch.values).toEqual(['b0', 'b1', 'b2'])
  reader.resumeSplits?.([idOf('a')])
  reader.pauseSplits?.([idOf('b')])
  expect((await next(reader))?.batch.values).toEqual(['a3', 'a4', 'a5'])
})

test('a reader whose splits are all paused waits and does not end', async () => {
  const reader = openReader(first)
  reader.noMoreSplits()
  reader.pauseSplits?.(files.map(idOf))
  expect(await next(reader)).toBeUndefined()
  expect(reader.snapshot(1).map(({ id }) => id)).toEqual(first.map(({ id }) => id))
  reader.resumeSplits?.(files.map(idOf))
  expect((await readLines(reader)).toSorted()).toHaveLength(files.length * linesPerFile)
})

test('no file is silent: those that were not opened are read later', () => {
  expect([...(openReader(first).silentSplits?.() ?? ['all'])]).toEqual([])
})

test('whatever is paused, and wherever it is restored, each line is read once', async () => {
  const step = fc.record({
    what: fc.constantFrom('read', 'pause', 'resume', 'restore'),
    names: fc.subarray(files),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let reader = openReader(first)
      const read: string[] = []
      for (const { what, names } of steps) {
        if (what === 'pause') reader.pauseSplits?.(names.map(idOf))
        else if (what === 'resume') reader.resumeSplits?.(names.map(idOf))
        else if (what === 'read') {
          const found = await next(reader)
          read.push(...(found?.batch.values.slice(0, found.batch.length) ?? []))
        } else {
          const snapshot = structuredClone(reader.snapshot(1))
          await reader.close()
          reader = openReader(snapshot)
        }
      }
      reader.noMoreSplits()
      reader.resumeSplits?.(files.map(idOf))
      read.push(...(await readLines(reader)))
      const all = files.flatMap((name) =>
        Array.from({ length: linesPerFile }, (_, line) => `${name}${line}`),
      )
      expect(read.toSorted()).toEqual(all)
      await reader.close()
    }),
    { numRuns: 60 },
  )
})
