// Inputs that fall idle and wake up again, at the wrong moment.

import { count, defineJob, memorySink, memorySource, tumbling } from '@sluice/core'
import type { Sink, Source, SourceSplit } from '@sluice/core/connector'
import { expect, it } from 'vitest'
import { FRAME_IDLE, FRAME_WATERMARK, type Frame } from '../../src/network/frame.ts'
import { InputGate } from '../../src/task/input/input-gate.ts'
import { EngineJob } from './world/engine-job.ts'
import { silentSource } from './world/silent-source.ts'

interface Item {
  readonly at: number
  readonly key: number
}

const eventTime = (item: { readonly at: number }): number => item.at
/** No whole number of slices of timers. */
const keys = 405

function slowly<T>(value: T): T {
  const end = performance.now() + 0.5
  let now = 0
  while (now < end) now = performance.now()
  return value
}

/** Takes no record for a while when the last of all is there. */
function fullAtTheLast(): Sink<number> {
  let written = 0
  let waited = false
  const sink = memorySink<number>()
  return {
    ...sink,
    createWriter: async (context) => {
      const writer = await sink.createWriter(context)
      return {
        write: (records, timestamps, from, length) => {
          if (!waited && written + length - from >= keys) {
            waited = true
            return 0
          }
          written += length - from
          return writer.write(records, timestamps, from, length)
        },
        ready: () => new Promise((resolve) => setTimeout(resolve, 30)),
        prepareCommit: (checkpoint) => writer.prepareCommit(checkpoint),
        close: () => writer.close(),
      }
    },
  }
}

it('a task whose sink is full at its last timer still says that it is idle', async () => {
  const counted: number[] = []
  const full = fullAtTheLast()
  const definition = defineJob({
    name: 'idle-and-full',
    graph: (job) => {
      const records = Array.from({ length: keys }, (_, key): Item => ({ at: 10, key }))
      const ends = [...records, { at: 150, key: 0 }]
      const first = job
        .from('ends', silentSource(ends), { eventTime, idleAfter: '200ms' })
        .union(
          job.from('more', silentSource([{ at: 5, key: 0 }]), { eventTime, idleAfter: '100ms' }),
        )
        .keyBy((item) => item.key)
        .window(tumbling('100ms'))
        .aggregate('first', { n: count() })
        .map(() => {
          // Slow, so that 'ends' falls idle as well while timers fire.
          return slowly(1)
        })
      first.to('full', full)
      job
        .from('ahead', silentSource([{ at: 20 }, { at: 5_000 }]), { eventTime, idleAfter: '1h' })
        .map(() => 2)
        .union(first)
        .keyBy(() => 'all')
        .window(tumbling('1s'))
        .aggregate('second', { n: count() })
        .map(({ value }) => counted.push(value.n))
        .to('out', memorySink())
    },
  })
  const job = new EngineJob(definition)
  // A barrier is a sign too, after which the task would say it.
  job.start(1, { checkpoint: { everyMs: 60_000 } })
  await job.until(() => counted.length > 0, 4_000)
  expect(counted).toEqual([keys + 1])
})

/** Two splits for two subtasks; the second is found when the test says so. */
class LateSplit {
  /** The event time of the records of the first split. */
  at = 10
  /** Event times of the records of the second split that are there to be read. */
  readonly second: number[] = []
  assigned = false
  find: () => void = () => {}

  source(): Source<Item, SourceSplit> {
    const { description, ...facts } = memorySource<Item>([])
    return {
      ...facts,
      description,
      bounded: false,
      createEnumerator: (context) => ({
        start: async () => {
          context.assign(0, [{ id: 'first' }])
          this.find = () => {
            context.setPending(true)
            context.assign(1, [{ id: 'second' }])
            context.setPending(false)
          }
        },
        request: () => {},
        snapshot: () => undefined,
        close: async () => {},
      }),
      createReader: () => {
        let split: string | undefined
        return {
          addSplits: ([added]) => {
            split = added?.id
            if (split === 'second') this.assigned = true
          },
          noMoreSplits: () => {},
          poll: (batch) => {
            const at =
              split === 'first' ? this.at : split === 'second' ? this.second.shift() : undefined
            if (at === undefined || split === undefined) return 'wait'
            batch.values[0] = { at, key: 0 }
            batch.length = 1
            batch.split = split
            return 'wait'
          },
          ready: () => new Promise((resolve) => setTimeout(resolve, 5)),
          snapshot: () => (split === undefined ? [] : [{ id: split }]),
          close: async () => {},
        }
      },
    } as Source<Item, SourceSplit>
  }
}

it('a split given to an idle subtask holds the watermark back before it is read', async () => {
  const splits = new LateSplit()
  const results = memorySink<{ readonly window: { readonly start: number } }>()
  const late = memorySink<Item>()
  const definition = defineJob({
    name: 'late-split',
    graph: (job) => {
      const windows = job
        .from('in', splits.source(), { eventTime, idleAfter: '600ms' })
        .keyBy(({ key }) => key)
        .window(tumbling('100ms'))
        .aggregate('counts', { n: count() })
      windows.to('out', results)
      windows.late.to('late', late)
    },
  })
  const job = new EngineJob(definition)
  job.start(2)
  await job.until(() => job.completed > 0)
  splits.at = 150
  // The subtask without a split has fallen idle.
  await job.until(() => results.records.length === 1)
  splits.find()
  await job.until(() => splits.assigned)
  await new Promise((resolve) => setTimeout(resolve, 40))
  splits.at = 350
  await new Promise((resolve) => setTimeout(resolve, 100))
  splits.second.push(160, 350)
  await job.until(() => results.records.length + late.records.length > 1)
  expect(late.records).toEqual([])
})

function readAll(gate: InputGate): void {
  let event = gate.next()
  while (event !== 'nothing') event = gate.next()
}

it('where all inputs are idle the furthest of them holds, whichever fell idle last', () => {
  const idle: Frame = { kind: FRAME_IDLE }
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const frames: Frame[][] = [10, 5].map((watermark) => [{ kind: FRAME_WATERMARK, watermark }])
    const gate = new InputGate({
      receivers: frames.map((queue) => ({ poll: () => queue.shift() })),
      mode: 'exactly-once',
      watermark: Number.NEGATIVE_INFINITY,
      now: () => 0,
    })
    readAll(gate)
    expect(gate.watermark).toBe(5)
    for (const input of order) {
      frames[input]?.push(idle)
      readAll(gate)
    }
    expect([gate.idle, gate.watermark]).toEqual([true, 10])
  }
})
