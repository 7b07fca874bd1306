// The three products that sold most in each hour. What is counted per product and hour carries the
// end of its hour as its time, so a window of the same length puts all products side by side.

import { consoleSink, defineJob, generatorSource, sum, topN, tumbling } from 'sluice'

interface Sale {
  readonly product: string
  readonly pieces: number
  readonly at: number
}

const start = Date.UTC(2026, 0, 1)

/** A day of sales; in each hour another product is in fashion. */
const sales = generatorSource({
  count: 24 * 3600,
  generate: (index, random): Sale => {
    const hour = Math.floor(index / 3600)
    const inFashion = random.integer(20) === 0
    return {
      product: `product-${inFashion ? hour : random.integer(50)}`,
      pieces: 1 + random.integer(3),
      at: start + index * 1000 - random.integer(5000),
    }
  },
})

export default defineJob({
  name: 'top-products',
  graph(job) {
    job
      .from('sales', sales, { eventTime: (sale) => sale.at, maxOutOfOrderness: '5s' })
      .keyBy((sale) => sale.product)
      .window(tumbling('1h'))
      .aggregate('sold-per-hour', { pieces: sum((sale) => sale.pieces) })
      .windowAll(tumbling('1h'))
      .aggregate(
        'top-three',
        topN(3, (product) => product.value.pieces),
      )
      .map(({ window, value }) => ({
        hour: new Date(window.start).toISOString().slice(0, 13),
        top: value.map(({ key, value: { pieces } }) => `${key}: ${pieces}`),
      }))
      .to('screen', consoleSink())
  },
})
