import {
  count,
  counter,
  defineJob,
  generatorSource,
  map,
  memorySink,
  sum,
  tumbling,
} from '@sluice/core'
import { testJob } from '@sluice/testing'
import { expect, test } from 'vitest'

interface Sale {
  readonly shop: string
  readonly item: string
  readonly cents: number
  readonly at: number
}

const source = generatorSource<Sale>({
  generate: () => ({ shop: '', item: '', cents: 0, at: 0 }),
})

function salesJob(backend: 'heap' | 'rocksdb') {
  return defineJob({
    name: 'sales',
    state: { backend },
    graph(job) {
      const sales = job.from('sales', source, { eventTime: ({ at }) => at })
      sales
        .keyBy(({ shop }) => shop)
        .window(tumbling('1m'))
        .aggregate('per-minute', { sales: count(), cents: sum(({ cents }) => cents) })
        .to('minutes', memorySink())
      sales
        .keyBy(({ shop }) => shop)
        .process('per-item', {
          state: { items: map<string, number>(), sales: counter() },
          onRecord({ shop, item, at }, { state, timers }, emit: (line: string) => void) {
            state.sales.set(state.sales.get() + 1)
            state.items.set(item, (state.items.get(item) ?? 0) + 1)
            if (state.sales.get() % 10 === 0) timers.atEventTime(at + 1000)
            if (state.items.size === 3)
              emit(`${shop} sells ${[...state.items.keys()].sort().join()}`)
          },
          onTimer({ key, at }, { state }, emit) {
            emit(`${key} at ${at}: ${state.sales.get()}, ${state.items.get('apple') ?? 0} apples`)
          },
        })
        .to('lines', memorySink())
    },
  })
}

const start = Date.UTC(2026, 0, 1)
const items = ['apple', 'pear', 'plum', 'fig']
const sales = Array.from(
  { length: 600 },
  (_, index): Sale => ({
    shop: `shop-${(index * 7) % 23}`,
    item: items[(index * 5) % items.length] as string,
    cents: index,
    at: start + index * 700,
  }),
)

test.each([1, 2, 3, 4])(
  'a job with its state on disk gives what it gives with state in memory, crash and all, seed %d',
  async (seed) => {
    const options = { sources: { sales }, crashAfter: 250, seed }
    const heap = await testJob(salesJob('heap'), options)
    const stored = await testJob(salesJob('rocksdb'), options)
    expect(stored.restarts).toBe(1)
    expect(stored.sink('minutes')).toEqual(heap.sink('minutes'))
    expect(stored.sink('lines')).toEqual(heap.sink('lines'))
  },
)
