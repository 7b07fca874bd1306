import { describe, expect, test } from 'vitest'
import { consoleSink } from '../../src/builtin/console-sink.ts'
import { memorySink } from '../../src/builtin/memory-sink.ts'
import type { CommitterContext, WriterContext } from '../../src/connector/sink.ts'

const times = new Float64Array(8)

function contextOf(generation: number, subtask = 0, lines: string[] = []) {
  return {
    logId: 'log',
    sink: 'results',
    generation,
    subtask,
    output: (line: string) => lines.push(line),
  } as unknown as WriterContext & CommitterContext
}

describe('a memory sink', () => {
  test('shows what was committed, once, however often it is committed', async () => {
    const sink = memorySink<number>()
    const writer = await sink.createWriter(contextOf(1))
    const committer = await sink.createCommitter?.(contextOf(1))
    expect(writer.write([1, 2, 3], times, 1, 3)).toBe(2)
    const prepared = await writer.prepareCommit(7)
    expect(sink.records).toEqual([])
    const [committable] = prepared
    if (committable === undefined || committer === undefined) throw new Error('It is prepared.')
    const name = { logId: 'log', sink: 'results', generation: 1, checkpoint: 7, part: '0' }
    expect(committable.part).toBe(name.part)
    await committer.commit({ name, bytes: committable.bytes })
    await committer.commit({ name, bytes: committable.bytes })
    expect(sink.records).toEqual([2, 3])
    expect(await writer.prepareCommit(8)).toEqual([])
  })

  test('finds and throws away what no checkpoint names', async () => {
    const sink = memorySink<number>()
    const writer = await sink.createWriter(contextOf(1))
    writer.write([1], times, 0, 1)
    await writer.prepareCommit(7)
    const committer = await sink.createCommitter?.(contextOf(2))
    const orphans = (await committer?.findOrphans('log')) ?? []
    expect(orphans).toEqual([
      { logId: 'log', sink: 'results', generation: 1, checkpoint: 7, part: '0' },
    ])
    expect(await committer?.findOrphans('another')).toEqual([])
    for (const orphan of orphans) await committer?.abort(orphan)
    expect(await committer?.findOrphans('log')).toEqual([])
    expect(sink.records).toEqual([])
  })

  test('says that a promise is lost when writer and committer do not share it', async () => {
    const committer = await memorySink<number>().createCommitter?.(contextOf(1))
    const name = { logId: 'log', sink: 'results', generation: 1, checkpoint: 7, part: '0' }
    await expect(committer?.commit({ name, bytes: new Uint8Array(0) })).rejects.toMatchObject({
      code: 'COMMIT_IMPOSSIBLE',
      hint: expect.stringContaining('single-thread'),
    })
  })
})

describe('a console sink', () => {
  test('prints texts as they are and has something to show for everything else', async () => {
    const lines: string[] = []
    const writer = await consoleSink<unknown>().createWriter(contextOf(1, 0, lines))
    const records = ['a', { n: 1n, x: NaN }, new Map([['k', new Set([1])]]), undefined]
    expect(writer.write(records, times, 0, records.length)).toBe(4)
    expect(lines).toEqual(['a', '{"n":"1n","x":"NaN"}', '{"k":[1]}', 'undefined'])
  })

  test('prints the lines that it is given a function for', async () => {
    const lines: string[] = []
    const sink = consoleSink<{ shop: string }>({ line: ({ shop }) => `> ${shop}` })
    const writer = await sink.createWriter(contextOf(1, 0, lines))
    writer.write([{ shop: 'rome' }], times, 0, 1)
    expect(lines).toEqual(['> rome'])
  })
})
