// What the enumerator of the file source keeps, and what it refuses to go on from.

import { expect, test } from 'vitest'
import { lines } from '../../src/format/lines.ts'
import { fileSource } from '../../src/source/file-source.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { connectorContext, enumeratorContext } from '../test-context.ts'

async function snapshotOf(files: MemoryFileSystem, watch: boolean): Promise<unknown> {
  const source = fileSource({ path: 'in', format: lines(), ...(watch ? { watch: '1s' } : {}) })
  const { context } = enumeratorContext(connectorContext(files), 1)
  const enumerator = source.createEnumerator(context as never, undefined)
  await enumerator.start()
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  enumerator.request(0)
  return structuredClone(enumerator.snapshot())
}

test('a source that watches does not go on from a checkpoint of one that did not', async () => {
  const files = new MemoryFileSystem()
  files.put('in/a', 'one\ntwo\n')
  const watching = fileSource({ path: 'in', format: lines(), watch: '1s' })
  const { context } = enumeratorContext(connectorContext(files), 1)
  const restored = await snapshotOf(files, false)
  // It would find the file that is read already, and read it again.
  expect(() => watching.createEnumerator(context as never, restored)).toThrow(
    expect.objectContaining({ code: 'CHECKPOINT_INCOMPATIBLE' }),
  )
})

test('a source that watches goes on from its checkpoint, and from one without files', async () => {
  const files = new MemoryFileSystem()
  files.directories.add('in')
  const watching = fileSource({ path: 'in', format: lines(), watch: '1s' })
  const { context } = enumeratorContext(connectorContext(files), 1)
  const empty = { version: 1, uncut: [], splits: [], known: [], totalBytes: 0 }
  watching.createEnumerator(context as never, empty)
  files.put('in/a', 'one\n')
  watching.createEnumerator(context as never, await snapshotOf(files, true))
})
