// Inputs that end beside others that are silent: what they came to is complete, and no more.

import { count, defineJob, memorySink, memorySource, tumbling } from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'
import { silentSource } from '../attack/world/silent-source.ts'

interface Item {
  readonly at: number
}

const eventTime = (item: Item): number => item.at

interface Row {
  readonly window: { readonly start: number }
  readonly value: { readonly n: number }
}

/** Counts 'ended' and 'silent' together, behind a window of the first alone where `isDeep`. */
function counts(isDeep: boolean) {
  const out = memorySink<Row>()
  const definition = defineJob({
    name: 'ended-inputs',
    graph: (job) => {
      const ended = job.from('ended', memorySource([5, 15, 25].map((at): Item => ({ at }))), {
        eventTime,
      })
      const first = isDeep
        ? ended
            .keyBy(() => 'all')
            .window(tumbling('10ms'))
            .aggregate('first', { n: count() })
            .map(({ window }): Item => ({ at: window.start }))
        : ended
      first
        .union(job.from('silent', silentSource([{ at: 7 }]), { eventTime, idleAfter: '100ms' }))
        .keyBy(() => 'all')
        .window(tumbling('10ms'))
        .aggregate('counts', { n: count() })
        .to('out', out)
    },
  })
  return { definition, out }
}

it.each([
  [false, 1],
  [false, 2],
  [true, 1],
  [true, 2],
])(
  'windows up to the end of one end though the other is silent, deep %s, %i subtasks',
  async (isDeep, n) => {
    const { definition, out } = counts(isDeep)
    const job = new EngineJob(definition)
    job.start(n)
    await job.until(() => out.records.length === 2)
    await job.untilCheckpoints(3)
    job.killWorker()
    await job.untilCheckpoints(3)
    // The last window of the one that ended goes on: the silent one may have more of it.
    expect(out.records.map(({ window, value }) => [window.start, value.n])).toEqual([
      [0, 2],
      [10, 1],
    ])
  },
)
