import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './top-products.ts'

const start = Date.UTC(2026, 0, 1)
const hour = 3_600_000
const sale = (hours: number, product: string, pieces: number) => ({
  product,
  pieces,
  at: start + hours * hour,
})

test('the three that sold most come out per hour, largest first', async () => {
  const run = await testJob(job, {
    sources: {
      sales: [
        sale(0.1, 'tea', 2),
        sale(0.2, 'jam', 5),
        sale(0.3, 'tea', 4),
        sale(0.4, 'nut', 1),
        sale(0.5, 'fig', 3),
        sale(1.1, 'nut', 7),
      ],
    },
    crashAfter: 4,
  })
  deepEqual(run.sink('screen'), [
    { hour: '2026-01-01T00', top: ['tea: 6', 'jam: 5', 'fig: 3'] },
    { hour: '2026-01-01T01', top: ['nut: 7'] },
  ])
})
