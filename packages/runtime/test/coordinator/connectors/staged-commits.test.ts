// Records that a sink keeps with the checkpoint: they are published once, whatever dies, and kept
// exactly as long as they are owed.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { defineJob, generatorSource } from '@sluice/core'
import type { Sink, StagedSegment } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { EngineJob } from '../../attack/world/engine-job.ts'

interface Outside {
  /** By name of the committable: what was published under it. */
  readonly published: Map<string, number[]>
  /** Called before each commit; an error of it fails the commit. */
  beforeCommit: () => void | Promise<void>
  /** What the writer says of what it staged. */
  named: (staged: readonly StagedSegment[]) => readonly StagedSegment[]
}

function newOutside(): Outside {
  return { published: new Map(), beforeCommit: () => {}, named: (staged) => staged }
}

/** Stages every forty records, and the rest at the barrier. */
function stagedSink(outside: Outside): Sink<number> {
  return {
    kind: 'staged',
    guarantee: 'exactly-once',
    description: {},
    createWriter: async (context) => {
      let waiting: number[] = []
      let staging: Promise<StagedSegment>[] = []
      const stageAll = (): void => {
        if (waiting.length === 0) return
        const staged = context.stage([Buffer.from(JSON.stringify(waiting))])
        // Where the attempt ends first nobody waits for it.
        staged.catch(() => {})
        staging.push(staged)
        waiting = []
      }
      return {
        write(records, _timestamps, from, length) {
          waiting.push(...records.slice(from, length))
          if (waiting.length >= 40) stageAll()
          return length - from
        },
        ready: async () => {},
        async prepareCommit() {
          stageAll()
          const staged = await Promise.all(staging)
          staging = []
          if (staged.length === 0) return []
          const part = String(context.subtask)
          return [{ part, bytes: new Uint8Array(), staged: outside.named(staged) }]
        },
        close: async () => {
          await Promise.allSettled(staging)
        },
      }
    },
    createCommitter: async (context) => ({
      async commit({ name, staged = [] }) {
        await outside.beforeCommit()
        const key = `${name.generation}/${name.checkpoint}/${name.part}`
        const rows: number[] = []
        for (const segment of staged) {
          const bytes = await context.readStaged(segment)
          rows.push(...(JSON.parse(Buffer.from(bytes).toString()) as number[]))
        }
        outside.published.set(key, rows)
      },
      findOrphans: async () => [],
      abort: async () => {},
      close: async () => {},
    }),
  }
}

const count = 4_000

const numbers = generatorSource<number>({
  count,
  ratePerSecond: 8_000,
  generate: (index) => index,
})

function jobWith(outside: Outside): EngineJob {
  return new EngineJob(
    defineJob({
      name: 'staged',
      graph: (job) => {
        job.from('numbers', numbers).to('out', stagedSink(outside))
      },
    }),
  )
}

function publishedRows({ published }: Outside): number[] {
  return [...published.values()].flat().sort((a, b) => a - b)
}

const all = Array.from({ length: count }, (_, index) => index)

test('staged records are published once each, whichever worker dies when', async () => {
  const outside = newOutside()
  const job = jobWith(outside)
  const { done } = job.start(2)
  for (let kills = 0; kills < 3; kills++) {
    await job.untilCheckpoints(2)
    job.killWorker()
  }
  expect((await done).outcome).toBe('finished')
  expect(publishedRows(outside)).toEqual(all)
})

test('a run that dies before its commits leaves them to the next one', async () => {
  const outside = newOutside()
  const job = jobWith(outside)
  let refused = 0
  outside.beforeCommit = () => {
    if (refused++ < 3) job.killWorker()
    if (refused < 6) throw new Error('away for a moment')
  }
  expect((await job.start(2).done).outcome).toBe('finished')
  expect(refused).toBeGreaterThan(6)
  expect(publishedRows(outside)).toEqual(all)
})

test('staged segments are kept as long as they are owed, and not longer', async () => {
  const outside = newOutside()
  const job = jobWith(outside)
  expect((await job.start(2).done).outcome).toBe('finished')
  const segments = readdirSync(`${job.folder}/segments`)
  // Those of the last entry, whose note may be lost, and of no earlier one.
  const checkpoints = new Set(segments.map((name) => name.split('.')[2]))
  expect(job.completed).toBeGreaterThan(3)
  expect(checkpoints.size).toBeLessThanOrEqual(1)
})

test('a segment that does not read back as it was staged completes no checkpoint', async () => {
  const outside = newOutside()
  outside.named = (staged) => staged.map((each) => ({ ...each, checksum: '0'.repeat(16) }))
  const { done } = jobWith(outside).start(1, {
    restart: { strategy: 'none' },
    checkpoint: { tolerableFailures: 0 },
  })
  const { error } = await done
  expect(error?.message).toMatch(/do not read back as they were written: .*\.out\.0\.1\.segment/)
  expect(publishedRows(outside)).toEqual([])
})

test('a staged segment that was damaged before its commit stops the job', async () => {
  const outside = newOutside()
  const job = jobWith(outside)
  outside.beforeCommit = () => {
    for (const name of readdirSync(`${job.folder}/segments`)) {
      const path = `${job.folder}/segments/${name}`
      const bytes = readFileSync(path)
      bytes[0] = (bytes[0] as number) ^ 1
      writeFileSync(path, bytes)
    }
  }
  const { error } = await job.start(1).done
  expect(error?.code).toBe('CHECKPOINT_DAMAGED')
  expect(error?.message).toMatch(/is not what was written/)
  expect(publishedRows(outside)).toEqual([])
})
