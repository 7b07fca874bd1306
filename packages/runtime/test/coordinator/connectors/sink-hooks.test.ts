// What a sink and the engine tell each other about time and promises.

import { defineJob, generatorSource } from '@sluice/core'
import { type NamedCommittable, type Sink, SluiceError } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { EngineJob } from '../../attack/world/engine-job.ts'

interface Outside {
  readonly committed: string[]
  /** By generation: the parts that its committer may never abort. */
  readonly promised: string[][]
  readonly heard: number[]
  checkPromise: (owed: readonly NamedCommittable[]) => void
  /** Asked of each write: whether a checkpoint is needed now. */
  isUrgent: () => boolean
}

function newOutside(): Outside {
  return {
    committed: [],
    promised: [],
    heard: [],
    checkPromise: () => {},
    isUrgent: () => false,
  }
}

const nameOf = ({ name }: NamedCommittable): string => `${name.generation}/${name.checkpoint}`

function hookedSink(outside: Outside): Sink<number> {
  return {
    kind: 'hooked',
    guarantee: 'exactly-once',
    description: {},
    createWriter: async (context) => ({
      write(_records, _timestamps, from, length) {
        if (outside.isUrgent()) context.requestCheckpoint()
        return length - from
      },
      ready: async () => {},
      prepareCommit: async () => [{ part: '0', bytes: new Uint8Array() }],
      checkpointCompleted: (checkpoint) => outside.heard.push(checkpoint),
      close: async () => {},
    }),
    async createCommitter(context) {
      outside.promised.push(context.promised.map(nameOf))
      return {
        async commit(committable) {
          outside.committed.push(nameOf(committable))
        },
        checkPromise: (owed) => outside.checkPromise(owed),
        findOrphans: async () => [],
        abort: async () => {},
        close: async () => {},
      }
    },
  }
}

const numbers = generatorSource<number>({
  count: 2_000,
  ratePerSecond: 4_000,
  generate: (index) => index,
})

function jobWith(outside: Outside): EngineJob {
  return new EngineJob(
    defineJob({
      name: 'hooked',
      graph: (job) => {
        job.from('numbers', numbers).to('out', hookedSink(outside))
      },
    }),
  )
}

test('a sink gets a checkpoint when it asks for one, long before the interval', async () => {
  const outside = newOutside()
  let asked = 0
  outside.isUrgent = () => asked++ === 0
  const job = jobWith(outside)
  const run = job.start(1, { checkpoint: { everyMs: 600_000 } })
  await job.until(() => job.completed > 0)
  expect(run.status().state).toBe('running')
  expect((await run.done).outcome).toBe('finished')
  // The one that was asked for, and the last one.
  expect(job.completed).toBe(2)
})

test('a writer hears of entries that stand, in their order', async () => {
  const outside = newOutside()
  const job = jobWith(outside)
  expect((await job.start(1).done).outcome).toBe('finished')
  expect(outside.heard.length).toBeGreaterThan(2)
  expect(outside.heard).toEqual([...new Set(outside.heard)].sort((a, b) => a - b))
})

test('nothing is promised that a sink says would not live to be committed', async () => {
  const outside = newOutside()
  const refused: string[] = []
  outside.checkPromise = (owed) => {
    if (refused.length >= 2) return
    refused.push(...owed.map(nameOf))
    throw new SluiceError('SINK_FAILED', 'Too little time is left.')
  }
  const { outcome, restarts } = await jobWith(outside).start(1).done
  expect(outcome).toBe('finished')
  expect(restarts).toBe(2)
  expect(refused).toHaveLength(2)
  for (const name of refused) expect(outside.committed).not.toContain(name)
})

test('a committer knows what is promised below its fence, also if it is committed', async () => {
  const outside = newOutside()
  const job = jobWith(outside)
  const { done } = job.start(1)
  await job.untilCheckpoints(3)
  job.killWorker()
  expect((await done).outcome).toBe('finished')
  const [first, second] = outside.promised
  expect(first).toEqual([])
  expect(second).toHaveLength(1)
  expect(outside.committed).toContain(second?.[0])
})
