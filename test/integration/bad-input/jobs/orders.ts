// Numbers the orders of each shop: files in, files out. FAULT makes ten orders (of seven shops, so
// that some of them travel between workers) bad in the way that it names; with FAULT=none this is
// the job after it was mended.

import { fileSink, fileSource, ndjson } from '@sluice/files'
import { counter, defineJob, type Emit, json } from 'sluice'
import { z } from 'zod'

interface Order {
  readonly id: number
  readonly shop: string
  readonly items: readonly { readonly price: number }[]
  readonly password: string
}

interface Numbered {
  readonly id: number
  readonly shop: string
  readonly nth: number
}

const firstBadOrder = 3000

function isBad({ id }: { readonly id: number }): boolean {
  return id >= firstBadOrder && id < firstBadOrder + 10
}

const faults = [
  'none',
  'throws',
  'throws-text',
  'function',
  'symbol',
  'cycle',
  'instance',
  'large',
  'flood',
  'flood-into-sink',
  'heap',
  'event-time',
  'microseconds',
  'key-object',
  'key-undefined',
  'key-nan',
  'never-answers',
] as const

type Fault = (typeof faults)[number]

function total(order: Order, fault: Fault): number {
  const items = fault === 'throws' ? undefined : order.items
  return (items as Order['items']).reduce((sum, item) => sum + item.price, 0)
}

/** Keeps the thread busy. */
function work(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

function* flood(order: Order): Generator<unknown> {
  for (let i = 0; ; i++) yield { ...order, note: `${i}-${'x'.repeat(100_000)}` }
}

function fillHeap(): never {
  const all: unknown[] = []
  for (;;) all.push({ at: all.length, others: [all.length, all.length + 1] })
}

function badTime({ id }: Order, fault: Fault): number {
  if (fault === 'event-time') return Number.NaN
  return fault === 'microseconds' ? Date.UTC(2026, 0, 1) * 1000 : id
}

function cycle(): unknown {
  const first: { items: unknown[] } = { items: [] }
  first.items.push({ order: first })
  return first
}

function spoilt(order: Order, fault: Fault): Iterable<unknown> {
  switch (fault) {
    case 'throws':
      return [{ ...order, total: total(order, fault) }]
    case 'throws-text':
      throw 'only a text'
    case 'function':
      return [{ ...order, callback: () => order.id }]
    case 'symbol':
      return [{ ...order, tags: [Symbol('urgent')] }]
    case 'cycle':
      return [{ ...order, parent: cycle() }]
    case 'instance':
      return [{ ...order, link: new URL('https://example.org') }]
    case 'large':
      return [{ ...order, note: 'x'.repeat(65 * 2 ** 20) }]
    case 'flood':
      return flood(order)
    case 'heap':
      return fillHeap()
    default:
      return [order]
  }
}

function keyOf(order: Order, fault: Fault): string {
  if (!isBad(order)) return order.shop
  const keys: Partial<Record<Fault, unknown>> = {
    'key-object': { shop: order.shop },
    'key-nan': Number.NaN,
  }
  return (fault.startsWith('key') ? keys[fault] : order.shop) as string
}

export default defineJob({
  name: 'orders',
  parallelism: 2,
  checkpoint: { every: '50ms' },
  params: z.object({
    ORDERS: z.string().default('./orders'),
    OUT: z.string().default('./out'),
    FAULT: z.enum(faults).default('none'),
    WORK_MS: z.coerce.number().default(0.1),
    SHOP_PASSWORD: z.string().default('none'),
  }),

  graph(job, { ORDERS, OUT, FAULT, WORK_MS }) {
    job
      .from('orders', fileSource({ path: ORDERS, format: ndjson<Order>() }), {
        eventTime: (order) => (isBad(order) ? badTime(order, FAULT) : order.id),
      })
      .mapAsync('look-up', async (order, signal) => answered(order, FAULT, signal), {
        timeout: '300ms',
        concurrency: 4,
      })
      .flatMap((order) => {
        work(WORK_MS)
        return (isBad(order) ? spoilt(order, FAULT) : [order]) as Iterable<Order>
      })
      .keyBy((order) => keyOf(order, FAULT))
      .process('numbered', {
        state: { orders: counter() },
        onRecord({ id, shop }, { state }, emit: Emit<Numbered>) {
          const nth = state.orders.get() + 1
          state.orders.set(nth)
          emit({ id, shop, nth })
          if (FAULT !== 'flood-into-sink' || !isBad({ id })) return
          for (let i = 0; ; i++) emit({ id, shop: `${i}-${'x'.repeat(100_000)}`, nth })
        },
      })
      .to('numbered-orders', fileSink({ path: OUT, value: json() }))
  },
})

async function answered(order: Order, fault: Fault, signal: AbortSignal): Promise<Order> {
  if (fault !== 'never-answers' || !isBad(order)) return order
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
  return order
}
