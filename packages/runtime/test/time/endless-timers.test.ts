// Event timers that set the next one, at the end of input.

import { defineJob, type Emit, memorySink, memorySource } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'

const never = { restart: { strategy: 'none' } } as const

/** A chain of so many timers for each key. */
function chains(lengths: readonly number[]) {
  const out = memorySink<string>()
  const records = lengths.map((length, key) => ({ key, length, at: key }))
  const lengthOf = new Map(records.map(({ key, length }) => [key, length]))
  const definition = defineJob({
    name: 'timer-chains',
    graph: (job) => {
      job
        .from('in', memorySource(records), { eventTime: (record) => record.at })
        .keyBy((record) => record.key)
        .process('heartbeat', {
          onRecord: ({ at }, { timers }) => timers.atEventTime(at + 1000),
          onTimer: ({ at, key }, { timers }, emit: Emit<string>) => {
            const nth = Math.floor(at / 1000)
            if (nth < (lengthOf.get(key) ?? 0)) timers.atEventTime(at + 1000)
            else emit(`${key} after ${nth}`)
          },
        })
        .to('out', out)
    },
  })
  return { job: new EngineJob(definition), out }
}

describe('event timers that set the next one', () => {
  it('come to their end after the end of input, where they have one', async () => {
    const { job, out } = chains([1, 20_000, 3])
    expect(await job.start(1, never).done).toMatchObject({ outcome: 'finished' })
    expect(out.records.toSorted()).toEqual(['0 after 1', '1 after 20000', '2 after 3'])
  })

  it.each([[[Infinity]], [[5000, Infinity, 3]], [[3, 7000, 2, Infinity, 4, 9000]]])(
    'end the job with their step and key where they have none: %j',
    async (lengths) => {
      const { job } = chains(lengths)
      const { outcome, error } = await job.start(1, never).done
      expect(outcome).toBe('failed')
      expect(error).toMatchObject({ code: 'TIMERS_ENDLESS', where: { step: 'heartbeat' } })
      expect(error?.message).toMatch(`for the key ${lengths.indexOf(Infinity)}, `)
    },
    30_000,
  )

  it('end as they like where they look at the watermark', async () => {
    const out = memorySink<number>()
    const definition = defineJob({
      name: 'timer-chains',
      graph: (job) => {
        job
          .from('in', memorySource([0, 5500]), { eventTime: (at) => at })
          .keyBy(() => 'all')
          .process('heartbeat', {
            onRecord: (at, { timers }) => {
              if (at === 0) timers.atEventTime(1000)
            },
            onTimer: ({ at }, { timers, watermark }, emit: Emit<number>) => {
              emit(at)
              if (watermark < Infinity) timers.atEventTime(at + 1000)
            },
          })
          .to('out', out)
      },
    })
    expect(await new EngineJob(definition).start(1, never).done).toMatchObject({
      outcome: 'finished',
    })
    expect(out.records).toEqual([1000, 2000, 3000, 4000, 5000, 6000])
  })
})
