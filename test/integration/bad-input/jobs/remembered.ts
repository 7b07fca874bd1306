// Numbers the orders of each shop as orders.ts does, in a state whose values have versions: VERSION
// is the one that the job declares, MIGRATION what its way there is like. With LARGE_KEYS its
// orders come a few a second, under keys of some megabytes.

import { fileSink, fileSource, ndjson } from '@sluice/files'
import { defineJob, type Emit, generatorSource, json, value } from 'sluice'
import type { Source } from 'sluice/connector'
import { z } from 'zod'

interface Order {
  readonly id: number
  readonly shop: string
}

interface Numbered extends Order {
  readonly nth: number
}

const First = z.object({ nth: z.number() })
const Second = z.object({ nth: z.number(), label: z.string() })
const keyLength = 4 * 2 ** 20

function orderAt(index: number): Order {
  return { id: index + 1, shop: `shop-${index % 7}` }
}

/** Keeps the thread busy. */
function work(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

function withLabel({ nth }: { readonly nth: number }): never {
  throw new TypeError(`no label is known for ${nth}`)
}

const migrations = {
  right: (old: unknown) => ({ ...(old as object), label: 'old' }),
  throws: (old: unknown) => withLabel(old as { nth: number }),
  nothing: () => undefined,
  wrong: () => ({ nth: 'seven', label: 'old' }),
}

export default defineJob({
  name: 'orders',
  parallelism: 2,
  checkpoint: { every: '50ms' },
  params: z.object({
    OUT: z.string().default('./out'),
    WORK_MS: z.coerce.number().default(0.1),
    VERSION: z.coerce.number().default(1),
    MIGRATION: z.enum(['none', 'right', 'throws', 'nothing', 'wrong']).default('none'),
    LARGE_KEYS: z.stringbool().default(false),
  }),

  graph(job, { OUT, WORK_MS, VERSION, MIGRATION, LARGE_KEYS }) {
    const Seen: z.ZodType<{ nth: number; label?: string }> = VERSION === 1 ? First : Second
    const migrate = MIGRATION === 'none' ? {} : { migrate: migrations[MIGRATION] as never }
    const few = generatorSource({ count: 40, ratePerSecond: 5, generate: orderAt })
    const orders = LARGE_KEYS ? few : fileSource({ path: './orders', format: ndjson<Order>() })
    job
      .from('orders', orders as Source<Order>, { eventTime: (order) => order.id })
      .filter(() => {
        work(WORK_MS)
        return true
      })
      .keyBy(({ shop }) => (LARGE_KEYS ? shop.padEnd(keyLength, '-') : shop))
      .process('numbered', {
        state: {
          seen: value(Seen, { version: VERSION, ...migrate }),
        },
        onRecord({ id, shop }, { state, timers }, emit: Emit<Numbered>) {
          const nth = (state.seen.get()?.nth ?? 0) + 1
          state.seen.set(VERSION === 1 ? { nth } : { nth, label: shop })
          timers.atEventTime(1e12)
          emit({ id, shop, nth })
        },
        onTimer: () => {},
      })
      .to('numbered-orders', fileSink({ path: OUT, value: json() }))
  },
})
