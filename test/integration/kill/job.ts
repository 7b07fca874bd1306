// Three steps over a shuffle, files in and files out: every order comes out once, with its number
// among the orders of its shop, so that a lost, doubled or reordered record shows.

import { fileSink, fileSource, ndjson } from '@sluice/files'
import { counter, defineJob, type Emit, json } from 'sluice'
import { z } from 'zod'

export interface Order {
  readonly file: number
  readonly line: number
  readonly shop: string
}

export interface NumberedOrder extends Order {
  readonly nth: number
}

export default defineJob({
  name: 'kill-test',
  params: z.object({ IN: z.string(), OUT: z.string() }),
  checkpoint: { every: '100ms' },
  parallelism: 2,

  graph(job, { IN, OUT }) {
    job
      .from('orders', fileSource({ path: IN, format: ndjson<Order>(), splitBytes: 1_000_000 }))
      .map(({ file, line, shop }) => ({ file, line, shop: shop.toLowerCase() }))
      .keyBy((order) => order.shop)
      .process('number', {
        state: { orders: counter() },
        onRecord(order, { state }, emit: Emit<NumberedOrder>) {
          const nth = state.orders.get() + 1
          state.orders.set(nth)
          emit({ ...order, nth })
        },
      })
      .to('numbered', fileSink({ path: OUT, value: json() }))
  },
})
