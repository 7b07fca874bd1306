// Revenue per shop per minute: files in, files out, exactly once.
//
//   npx sluice run examples/shop-revenue.ts --param ORDERS=./orders --param OUT=./out

import { fileSink, fileSource, ndjson } from '@sluice/files'
import { count, defineJob, json, sum, tumbling } from 'sluice'
import { z } from 'zod'

const Order = z.object({
  id: z.string(),
  shop: z.string(),
  cents: z.number().int(),
  at: z.number(), // epoch milliseconds
})

export default defineJob({
  name: 'shop-revenue',
  params: z.object({ ORDERS: z.string().default('./orders'), OUT: z.string().default('./out') }),
  checkpoint: { every: '10s' },

  graph(job, { ORDERS, OUT }) {
    const orders = job.from('orders', fileSource({ path: ORDERS, format: ndjson(Order) }), {
      eventTime: (order) => order.at,
      maxOutOfOrderness: '5s',
    })

    const revenue = orders
      .keyBy((order) => order.shop)
      .window(tumbling('1m', { allowedLateness: '30s' }))
      .aggregate('revenue-per-minute', {
        orders: count(),
        cents: sum((order) => order.cents),
      })

    revenue
      .map(({ key, window, value }) => ({ shop: key, minute: window.start, ...value }))
      .to('revenue', fileSink({ path: `${OUT}/revenue`, value: json() }))

    revenue.late.to('late', fileSink({ path: `${OUT}/late`, value: json(Order) }))
  },
})
