// A source that is held up by what stands below it, just after it had nothing to read.

import { count, defineJob, memorySink, tumbling } from '@sluice/core'
import type { Sink } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { EngineJob } from './world/engine-job.ts'
import { nextOf, pollAtMost, polledSource } from './world/polled-source.ts'
import { silentSource } from './world/silent-source.ts'

interface Item {
  readonly at: number
}

const eventTime = (item: Item): number => item.at

/** Takes nothing until it is opened. */
function closedSink(gate: { readonly opened: Promise<void>; isOpen: boolean }): Sink<Item> {
  const sink = memorySink<Item>()
  return {
    ...sink,
    createWriter: async (context) => {
      const writer = await sink.createWriter(context)
      return {
        write: (...records) => (gate.isOpen ? writer.write(...records) : 0),
        ready: () => gate.opened,
        prepareCommit: (checkpoint) => writer.prepareCommit(checkpoint),
        close: () => writer.close(),
      }
    },
  }
}

/** A record, and another one only some time after `isReady`. */
function twoRecords(gate: { isOpen: boolean }): ReturnType<typeof polledSource<Item>> {
  // The third one is never read.
  return polledSource<Item>([{ at: 10 }, { at: 20 }, { at: 30 }], (reader) => {
    let pollsSinceOpen = 0
    return {
      ready: () => new Promise((resolve) => setTimeout(resolve, 5)),
      poll: (batch) => {
        const next = nextOf(reader) ?? 0
        if (next === 1 && gate.isOpen) pollsSinceOpen++
        if (next === 2 || (next === 1 && pollsSinceOpen < 10)) return 'wait'
        return pollAtMost(reader, batch, 1)
      },
    }
  })
}

it('time in which the sink of a source was full is no silence, though it had run dry', async () => {
  let open: () => void = () => {}
  const gate = { isOpen: false, opened: new Promise<void>((resolve) => (open = resolve)) }
  const full = closedSink(gate)
  const counted: number[] = []
  const late: number[] = []
  const records = twoRecords(gate)
  const definition = defineJob({
    name: 'held-up',
    graph: (job) => {
      const slow = job.from('slow', records, { eventTime, idleAfter: '400ms' })
      slow
        .mapAsync('call', async (item) => {
          await new Promise((resolve) => setTimeout(resolve, 50))
          return item
        })
        .to('full', full)
      const windows = job
        .from('ahead', silentSource([{ at: 20 }, { at: 5_000 }]), { eventTime, idleAfter: '1h' })
        .union(slow)
        .keyBy(() => 'all')
        .window(tumbling('1s'))
        .aggregate('counts', { n: count() })
      windows.map(({ value }) => counted.push(value.n)).to('out', memorySink())
      windows.late.map(({ at }) => late.push(at)).to('late', memorySink())
    },
  })
  const job = new EngineJob(definition)
  job.start(1, { checkpoint: { everyMs: 60_000 } })
  await new Promise((resolve) => setTimeout(resolve, 900))
  expect(counted).toEqual([])
  gate.isOpen = true
  open()
  await job.until(() => counted.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect({ counted, late }).toEqual({ counted: [3], late: [] })
})
