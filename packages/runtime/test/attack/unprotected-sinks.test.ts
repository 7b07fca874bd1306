// Sinks of a job whose checkpoints are off: what they hold at the end is not lost silently.

import { defineJob, memorySource } from '@sluice/core'
import type { Sink } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'

/** Sends what it has gathered when it is asked to prepare, as a client with a buffer does. */
function bufferingSink(sent: unknown[], guarantee: Sink<unknown>['guarantee']): Sink<unknown> {
  return {
    kind: 'buffering',
    guarantee,
    description: {},
    createWriter: async () => {
      let buffer: unknown[] = []
      return {
        write: (records, _timestamps, from, length) => {
          buffer.push(...records.slice(from, length))
          return length - from
        },
        ready: async () => {},
        prepareCommit: async () => {
          await new Promise((resolve) => setTimeout(resolve, 10))
          sent.push(...buffer)
          buffer = []
          return []
        },
        close: async () => {},
      }
    },
  }
}

function jobWith(sink: Sink<unknown>): EngineJob {
  const definition = defineJob({
    name: 'unprotected',
    graph: (job) => {
      job.from('numbers', memorySource([1, 2, 3])).to('out', sink)
    },
  })
  return new EngineJob(definition)
}

for (const parallelism of [1, 2]) {
  it(`a writer lets out what it holds at its end, parallelism ${parallelism}`, async () => {
    const sent: unknown[] = []
    const job = jobWith(bufferingSink(sent, 'at-least-once'))
    const { outcome } = await job.start(parallelism, { checkpoint: 'off' }).done
    expect(outcome).toBe('finished')
    expect(sent).toEqual([1, 2, 3])
  })
}

it('a sink that publishes by its committer is refused', async () => {
  const committing: Sink<unknown> = {
    ...bufferingSink([], 'at-least-once'),
    createCommitter: () => Promise.reject(new Error('never asked')),
  }
  const { error } = await jobWith(committing).start(1, { checkpoint: 'off' }).done
  expect(error?.code).toBe('SINK_NEEDS_CHECKPOINTS')
})
