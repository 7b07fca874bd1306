// testJob as a user uses it.

import {
  consoleSink,
  count,
  counter,
  defineJob,
  type Emit,
  generatorSource,
  sum,
  tumbling,
} from '@sluice/core'
import { testJob } from '@sluice/testing'
import { describe, expect, it } from 'vitest'

interface Order {
  readonly id: string
  readonly shop: string
  readonly cents: number
  readonly at: number
}

const orders = generatorSource<Order>({ generate: () => ({ id: '', shop: '', cents: 0, at: 0 }) })

const revenue = defineJob({
  name: 'shop-revenue',
  checkpoint: { every: '10s' },
  graph(job) {
    const perMinute = job
      .from('orders', orders, { eventTime: (order) => order.at })
      .keyBy((order) => order.shop)
      .window(tumbling('1m'))
      .aggregate('per-minute', { orders: count(), cents: sum((order) => order.cents) })
    perMinute
      .map(({ key, window, value }) => ({ shop: key, minute: window.start, ...value }))
      .to('revenue', consoleSink())
  },
})

const minute = Date.UTC(2026, 0, 1)
const three: Order[] = [
  { id: 'a', shop: 'rome', cents: 500, at: minute + 1_000 },
  { id: 'b', shop: 'rome', cents: 250, at: minute + 9_000 },
  { id: 'c', shop: 'oslo', cents: 999, at: minute + 61_000 },
]

describe('testJob', () => {
  it.each([1, 2, 3, 42, 43, 44])(
    'counts each order once when a worker dies, seed %d',
    async (seed) => {
      const run = await testJob(revenue, { sources: { orders: three }, crashAfter: 2, seed })
      expect(run.sink('revenue')).toEqual([
        { shop: 'rome', minute, orders: 2, cents: 750 },
        { shop: 'oslo', minute: minute + 60_000, orders: 1, cents: 999 },
      ])
      expect(run.restarts).toBe(1)
    },
  )

  it('gives late records by the name of the window, also where the job drops them', async () => {
    const late = { id: 'd', shop: 'rome', cents: 1, at: minute + 2_000 }
    // So many that the source hears meanwhile that no split is pending, and lets its watermark go.
    const padding = Array.from({ length: 60_000 }, (_, i) => ({
      id: `p${i}`,
      shop: 'oslo',
      cents: 0,
      at: minute + 120_000 + (i % 1_000),
    }))
    const feed = [...three, ...padding, { ...late, shop: 'oslo' }, late]
    const run = await testJob(revenue, { sources: { orders: feed }, parallelism: 1 })
    expect(run.late<Order>('per-minute').map(({ id }) => id)).toContain('d')
  })

  it('takes stand-ins for mapAsync, and insists on them', async () => {
    const job = defineJob({
      name: 'enrich',
      graph(job) {
        job
          .from('orders', orders)
          .mapAsync('geo', async () => {
            throw new Error('the real one')
          })
          .to('out', consoleSink())
      },
    })
    const geo = async (order: Order) => order.shop.toUpperCase()
    const run = await testJob(job, { sources: { orders: three }, steps: { geo }, crashAfter: 1 })
    expect(run.sink('out')).toEqual(['ROME', 'ROME', 'OSLO'])
    await expect(testJob(job, { sources: { orders: three } })).rejects.toThrow(/stand-in.*'geo'/)
  })

  it('keeps state across the crash', async () => {
    const job = defineJob({
      name: 'count',
      graph(job) {
        job
          .from('orders', orders)
          .keyBy((order) => order.shop)
          .process('number', {
            state: { seen: counter() },
            onRecord(order, { state }, emit: Emit<string>) {
              state.seen.set(state.seen.get() + 1)
              emit(`${order.shop} ${state.seen.get()}`)
            },
          })
          .to('out', consoleSink())
      },
    })
    for (let crashAfter = 1; crashAfter <= 3; crashAfter++) {
      const run = await testJob(job, { sources: { orders: three }, crashAfter, seed: crashAfter })
      expect(run.sink('out')).toEqual(['oslo 1', 'rome 1', 'rome 2'])
    }
  })

  it('says what is missing or misspelt', async () => {
    await expect(testJob(revenue, { sources: {} })).rejects.toThrow(/needs records for 'orders'/)
    const misspelt = { orders: [], order: [] }
    await expect(testJob(revenue, { sources: misspelt })).rejects.toThrow(/no source 'order'/)
    const many = { sources: { orders: three }, crashAfter: 4 }
    await expect(testJob(revenue, many)).rejects.toThrow(/only 3 records/)
    const run = await testJob(revenue, { sources: { orders: three } })
    expect(() => run.sink('revenues')).toThrow(/no sink 'revenues'/)
  })

  it('rejects with the error of the job', async () => {
    const job = defineJob({
      name: 'failing',
      restart: { strategy: 'none' },
      graph(job) {
        job
          .from('orders', orders)
          .map((order) => {
            if (order.id === 'b') throw new TypeError('no b')
            return order
          })
          .to('out', consoleSink())
      },
    })
    await expect(testJob(job, { sources: { orders: three } })).rejects.toThrow(/no b/)
  })
})
