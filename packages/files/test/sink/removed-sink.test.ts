// What a sink that the job no longer has left hidden in the folder of one that it has.

import type { Committer } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { fileSink } from '../../src/sink/file-sink.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { writerContext } from '../test-context.ts'

const encodeText = (row: number): string => String(row)
const encode = (row: number): Uint8Array => new TextEncoder().encode(encodeText(row))
const sink = fileSink<number>({ path: 'out', value: { name: 'json', encode, encodeText } })

test('a sink finds and removes what another one of the job has left in its folder', async () => {
  const files = new MemoryFileSystem()
  const writer = await sink.createWriter(writerContext(files, 3))
  writer.write([1, 2, 3], new Float64Array(3), 0, 3)
  await writer.prepareCommit(9)
  const hidden = (): string[] => files.paths().filter((path) => path.endsWith('.tmp'))
  expect(hidden()).toHaveLength(1)

  const committer = async (changes: object): Promise<Committer> => {
    const context = { ...writerContext(files, 4), ...changes }
    return (await sink.createCommitter?.(context)) as Committer
  }
  const { logId } = writerContext(files, 3)
  // Another job that writes there sees nothing of it, nor does another history of this one.
  expect(await (await committer({ job: 'another' })).findOrphans(logId)).toEqual([])
  const other = await committer({ sink: 'other' })
  expect(await other.findOrphans('ddddccccbbbbaaaa')).toEqual([])
  const orphans = await other.findOrphans(logId)
  expect(orphans).toMatchObject([{ logId, sink: 'out', generation: 3, checkpoint: 9 }])
  for (const orphan of orphans) await other.abort(orphan)
  expect(hidden()).toEqual([])
})
