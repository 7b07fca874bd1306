import { type Committer, FileSystemError, type NamedCommittable } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { fileSink, type FileSinkOptions } from '../../src/sink/file-sink.ts'
import { readCommittedLines } from '../../src/sink/manifest/committed-results.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'
import { writerContext } from '../test-context.ts'

const encodeText = (row: string) => row
const encode = (row: string) => new TextEncoder().encode(row)
const text = { name: 'text', encode, encodeText }

const older = 'aaaabbbbccccdddd'
const newer = 'eeeeffff00001111'

function setUp(options: Partial<FileSinkOptions<string>> = {}) {
  const files = new MemoryFileSystem()
  const sink = fileSink<string>({ path: 'out', value: text, ...options })
  const contextOf = (generation: number, logId: string) => ({
    ...writerContext(files, generation),
    logId,
  })
  return {
    files,
    /** Writes and prepares these rows for a checkpoint. */
    async prepared(rows: readonly string[], checkpoint: number, generation = 3, logId = older) {
      const writer = await sink.createWriter(contextOf(generation, logId))
      writer.write(rows, new Float64Array(rows.length), 0, rows.length)
      const committables = await writer.prepareCommit(checkpoint)
      const scope = { logId, sink: 'out', generation, checkpoint }
      return committables.map(({ part, bytes }) => ({ name: { ...scope, part }, bytes }))
    },
    async committer(generation = 3, logId = older): Promise<Committer> {
      if (sink.createCommitter === undefined) throw new Error('no committer')
      return await sink.createCommitter(contextOf(generation, logId))
    },
  }
}

async function commitAll(
  committer: Committer,
  checkpoint: number,
  committables: readonly NamedCommittable[],
): Promise<void> {
  for (const each of committables) await committer.commit(each)
  await committer.checkpointCommitted?.(checkpoint, committables)
}

async function committed(files: MemoryFileSystem): Promise<string[]> {
  const rows: string[] = []
  for await (const line of readCommittedLines(files, 'out')) rows.push(line)
  return rows
}

const results = (files: MemoryFileSystem) =>
  files.paths().filter((path) => !path.includes('.sluice') && !path.includes('_manifests'))

test('a result that a consumer took away does not come back after a crash', async () => {
  const { files, prepared, committer } = setUp()
  const committables = await prepared(['a', 'b'], 1)
  // A run renames and dies before it has synced anything; the next one finds the result there.
  files.fault = (operation, path) => {
    if (operation === 'syncDirectory' && path === 'out') {
      throw new FileSystemError('failed', operation, path)
    }
  }
  await expect(commitAll(await committer(), 1, committables)).rejects.toMatchObject({
    code: 'COMMIT_FAILED',
  })
  files.fault = () => {}
  await commitAll(await committer(4), 1, committables)
  for (const path of results(files)) await files.remove(path)
  await files.syncDirectory('out')
  files.crash()
  await commitAll(await committer(5), 1, committables)
  expect(results(files)).toEqual([])
})

test('what a failed write of a manifest left goes when another run has written it', async () => {
  const { files, prepared, committer } = setUp()
  const [first, second] = [await committer(3), await committer(4)]
  // The first write is that of the trace that this history has begun.
  for (const checkpoint of [1, 2]) {
    const committables = await prepared(['a'], checkpoint)
    files.fault = (operation, path) => {
      if (operation === 'sync' && path.endsWith('-manifest.tmp')) {
        throw new FileSystemError('failed', operation, path)
      }
    }
    await expect(commitAll(second, checkpoint, committables)).rejects.toThrow('-manifest.tmp')
    files.fault = () => {}
    await commitAll(first, checkpoint, committables)
    await commitAll(second, checkpoint, committables)
    expect(files.paths().filter((path) => path.includes('.sluice'))).toEqual([])
  }
  expect(await committed(files)).toEqual(['a', 'a'])
})

test('whoever started over last is read, also by going back to the first history', async () => {
  const { files, prepared, committer } = setUp()
  const first = await committer(1, older)
  await commitAll(first, 1, await prepared(['old'], 1, 1, older))
  const second = await committer(1, newer)
  await second.startOver?.(newer)
  await commitAll(second, 1, await prepared(['new'], 1, 1, newer))
  expect(await committed(files)).toEqual(['new'])
  // The operator goes back to the checkpoints of the first one.
  const back = await committer(2, older)
  expect(await back.findForeignHistory?.(older)).toContain(newer)
  await back.startOver?.(older)
  expect(await back.findForeignHistory?.(older)).toBeUndefined()
  expect(await committed(files)).toEqual(['old'])
  const again = await committer(3, newer)
  expect(await again.findForeignHistory?.(newer)).toContain(older)
  await again.startOver?.(newer)
  await again.startOver?.(newer)
  expect(await again.findForeignHistory?.(newer)).toBeUndefined()
  expect(await committed(files)).toEqual(['new'])
})

test('a bucket that no file system can hold is refused before anything is promised', async () => {
  for (const bucket of ['春'.repeat(100), Array(200).fill('a'.repeat(40)).join('/')]) {
    const { prepared } = setUp({ bucket: () => bucket })
    await expect(prepared(['a'], 1)).rejects.toMatchObject({ code: 'BUCKET_INVALID' })
  }
  const { prepared } = setUp({ bucket: () => `${'春'.repeat(60)}/${'春'.repeat(60)}` })
  expect(await prepared(['a'], 1)).toHaveLength(1)
})

test('of two copies of a job that start at the same time, at most one publishes', async () => {
  const { files, prepared, committer } = setUp()
  // Neither has published anything when the other looks for a foreign history.
  const one = await committer(1, older)
  const other = await committer(1, newer)
  expect(await one.findForeignHistory?.(older)).toBeUndefined()
  expect(await other.findForeignHistory?.(newer)).toBeUndefined()
  const [ofOne, ofOther] = [await prepared(['a'], 1, 1, older), await prepared(['a'], 1, 1, newer)]
  const ends = await Promise.allSettled([commitAll(one, 1, ofOne), commitAll(other, 1, ofOther)])
  const refused = ends.filter((end) => end.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) {
    expect(reason).toMatchObject({ code: 'SINK_FOREIGN_HISTORY', retry: 'never' })
  }
  expect(results(files).length).toBeLessThanOrEqual(1)
  // Nor does a later run of the refused one, until its operator starts over.
  const again = await committer(2, newer)
  await expect(commitAll(again, 1, ofOther)).rejects.toMatchObject({ code: 'SINK_FOREIGN_HISTORY' })
  await again.startOver?.(newer)
  await commitAll(again, 1, ofOther)
  expect(await committed(files)).toEqual(['a'])
})
