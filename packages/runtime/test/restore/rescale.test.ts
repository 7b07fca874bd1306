// Whole jobs whose parallelism changes with each run, 1 → 3 → 2 → 7 → 1, each run ended in another
// way: stopped with a checkpoint, or dead in the middle. Keyed state, timers, windows, records in
// flight in a mapAsync and positions of splits go along; what comes out is what one run would give.

import {
  count,
  counter,
  defineJob,
  type Emit,
  generatorSource,
  list,
  map,
  memorySink,
  tumbling,
  value,
} from '@sluice/core'
import { expect, test } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'

const records = 6_000
const keys = 37

interface Item {
  readonly id: number
  readonly key: string
  readonly at: number
}

interface Seen {
  readonly key: string
  readonly nth: number
  readonly id: number
  readonly items: number
  readonly tens: number
}

interface Counted {
  readonly key: string
  readonly window: { readonly start: number }
  readonly value: { readonly n: number }
}

function itemOf(id: number): Item {
  return { id, key: `key-${id % keys}`, at: id * 10 }
}

/** Slow enough that each barrier finds calls in flight. */
async function lookUp(item: Item): Promise<Item> {
  await new Promise((resolve) => setTimeout(resolve, 8))
  return item
}

function rescaledJob(pace = { ratePerSecond: 3_000 }) {
  const seen = memorySink<Seen>()
  const windows = memorySink<Counted>()
  const late = memorySink<Item>()
  const definition = defineJob({
    name: 'rescaled',
    graph(job) {
      const items = job
        .from('items', generatorSource({ generate: itemOf, count: records, splits: 5, ...pace }), {
          eventTime: (item) => item.at,
          maxOutOfOrderness: '2s',
        })
        .mapAsync('look-up', lookUp, { concurrency: 64 })
      items
        .keyBy((item) => item.key)
        .process('history', {
          state: {
            seen: counter(),
            first: value<number>(),
            last: list<number>(),
            byTen: map<number, number>(),
          },
          onRecord(item, { state, timers }, emit: Emit<Seen>) {
            const nth = state.seen.get() + 1
            state.seen.set(nth)
            if (state.first.get() === undefined) {
              state.first.set(item.id)
              timers.atEventTime(1e9)
            }
            state.last.push(item.id)
            const ten = item.id % 10
            state.byTen.set(ten, (state.byTen.get(ten) ?? 0) + 1)
            emit({
              key: item.key,
              nth,
              id: item.id,
              items: state.last.length,
              tens: sum(state.byTen),
            })
          },
          onTimer(_timer, { state, key }, emit: Emit<Seen>) {
            const nth = -(state.first.get() ?? Number.NaN)
            emit({ key, nth, id: -1, items: state.last.length, tens: sum(state.byTen) })
          },
        })
        .to('seen', seen)
      const counted = items
        .keyBy((item) => item.key)
        .window(tumbling('1s'))
        .aggregate('per-second', { n: count() })
      counted.to('windows', windows)
      counted.late.to('late', late)
    },
  })
  return { definition, seen, windows, late }
}

function sum(counts: Iterable<[number, number]>): number {
  let total = 0
  for (const [, each] of counts) total += each
  return total
}

const isRecord = ({ id }: Seen): boolean => id >= 0

test('state, timers, windows and positions follow 1 → 3 → 2 → 7 → 1, with crashes between', {
  timeout: 60_000,
}, async () => {
  // No run before the last one may come to the end of the input, however slow the machine is.
  const pace = { ratePerSecond: 300 }
  const { definition, seen, windows, late } = rescaledJob(pace)
  const job = new EngineJob(definition)
  for (const [at, parallelism] of [1, 3, 2, 7].entries()) {
    const run = job.start(parallelism)
    await job.untilCheckpoints(2)
    job.killWorker()
    await job.untilCheckpoints(2)
    if (at % 2 === 0) run.stop()
    else run.cancel()
    expect((await run.done).outcome).toBe(at % 2 === 0 ? 'stopped' : 'cancelled')
  }
  const processed = seen.records.length
  expect(processed).toBeGreaterThan(0)
  expect(processed).toBeLessThan(records)
  pace.ratePerSecond = 10_000
  const last = job.start(1)
  expect((await last.done).outcome).toBe('finished')

  const ids = seen.records.filter(isRecord).map(({ id }) => id)
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: records }, (_, id) => id))
  for (let key = 0; key < keys; key++) {
    const own = seen.records.filter((each) => each.key === `key-${key}`)
    const total = Math.ceil((records - key) / keys)
    const nths = own.filter(isRecord).map(({ nth, items, tens }) => [nth, items, tens])
    expect(nths.toSorted(([a = 0], [b = 0]) => a - b)).toEqual(
      Array.from({ length: total }, (_, at) => [at + 1, at + 1, at + 1]),
    )
    // One timer each, which knows everything at the end.
    expect(own.filter((each) => !isRecord(each))).toMatchObject([{ items: total, tens: total }])
  }
  expect(late.records).toEqual([])
  const perWindow = windows.records.map(({ key, window, value: { n } }) => {
    return `${key} ${window.start} ${n}`
  })
  expect(perWindow.toSorted()).toEqual(expectedWindows())
})

function expectedWindows(): string[] {
  const counts = new Map<string, number>()
  for (let id = 0; id < records; id++) {
    const { key, at } = itemOf(id)
    const window = `${key} ${at - (at % 1_000)}`
    counts.set(window, (counts.get(window) ?? 0) + 1)
  }
  return [...counts].map(([window, n]) => `${window} ${n}`).toSorted()
}

test('another maxParallelism is refused, with what to do about it', async () => {
  const { definition } = rescaledJob()
  const job = new EngineJob(definition)
  const run = job.start(2)
  await job.untilCheckpoints(1)
  run.stop()
  await run.done
  const other = new EngineJob({
    ...definition,
    options: { ...definition.options, maxParallelism: 64 },
  })
  const { error } = await other.start(2, { checkpoint: { storage: job.folder } }).done
  expect(error?.code).toBe('CHECKPOINT_INCOMPATIBLE')
  expect(error?.message).toContain('maxParallelism was 128 and is 64')
  expect(error?.message).toContain('so set it back')
})
