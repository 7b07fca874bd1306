import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/builtin/memory-source.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import { anySink, build, errorOf, type Order, ordersOf } from './small-job.ts'

type Graph = Parameters<typeof build>[0]

const within = { within: '1m', select: (order: Order) => order } as const
const shopOf = ({ shop }: Order) => shop

describe('a join', () => {
  test('is one keyed step with two inputs and an output for what is late', () => {
    const { graph, code } = build((job) => {
      const orders = ordersOf(job).keyBy(shopOf)
      const other = ordersOf2(job).keyBy(shopOf)
      const joined = orders.join('joined', other, { ...within, type: 'left', renamedFrom: 'old' })
      joined.parallelism(3).to('out', anySink())
      joined.late.to('late', anySink())
    })
    const step = graph.steps.find(({ id }) => id === 'joined')
    expect(step).toMatchObject({
      inputs: [{ step: 'orders/key-by1' }, { step: 'others/key-by1' }],
      outputs: ['main', 'late'],
      parallelism: 3,
      renamedFrom: 'old',
      operator: {
        type: 'join',
        keyed: true,
        stateShape: { lowerMs: -60_000, upperMs: 60_000, type: 'left' },
        description: { type: 'left', within: '1m', allowedLatenessMs: 0 },
      },
    })
    expect(step?.operator?.state.map(({ name }) => name)).toEqual(['left', 'left-slots', 'right'])
    expect(code.get('joined')).toMatchObject({ secondKey: expect.any(Function) })
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph)
  })

  test('in a window keeps the shape of the window', () => {
    const { graph } = build((job) => {
      const orders = ordersOf(job).keyBy(shopOf)
      const window = tumbling('1h', { offset: '15m' })
      orders.join('joined', orders, { window, select: (order) => order }).to('out', anySink())
    })
    expect(graph.steps.find(({ id }) => id === 'joined')?.operator?.stateShape).toEqual({
      window: 'tumbling',
      sizeMs: 3_600_000,
      offsetMs: 900_000,
      type: 'inner',
    })
  })
})

function ordersOf2(job: Parameters<Graph>[0]) {
  return job.from('others', memorySource<Order>([]), { eventTime: (order) => order.at })
}

describe('what cannot be joined is refused, with a hint', () => {
  const keyed = (job: Parameters<Graph>[0]) => ordersOf(job).keyBy(shopOf)
  const timeless = (job: Parameters<Graph>[0]) =>
    job.from('timeless', memorySource<Order>([])).keyBy(shopOf)
  const join = (options: unknown) => (job: Parameters<Graph>[0]) => {
    const orders = keyed(job)
    orders.join('j', orders, options as typeof within)
  }
  const cases: Record<string, readonly [Graph, string]> = {
    'a stream of another job': [
      (job) => {
        build((other) => void keyed(job).join('j', keyed(other), within))
      },
      'JOB_INVALID',
    ],
    'a stream without keys': [
      (job) => void keyed(job).join('j', ordersOf2(job) as never, within),
      'JOB_INVALID',
    ],
    'no stream at all': [
      (job) => void keyed(job).join('j', undefined as never, within),
      'JOB_INVALID',
    ],
    'a left side without event time': [
      (job) => void timeless(job).join('j', keyed(job), within),
      'JOB_INVALID',
    ],
    'a right side without event time': [
      (job) => void keyed(job).join('j', timeless(job), within),
      'JOB_INVALID',
    ],
    'versions without event time': [
      (job) => void keyed(job).temporalJoin('j', timeless(job), { select: (order) => order }),
      'JOB_INVALID',
    ],
    'duplicates by event time without any': [
      (job) => void timeless(job).deduplicate('d', { ttl: '1h', clock: 'event' }),
      'JOB_INVALID',
    ],
    'no name': [
      (job) => {
        const orders = keyed(job)
        orders.join('', orders, within)
      },
      'STEP_NAME_INVALID',
    ],
    'nothing that makes a pair': [join({ select: () => 1 }), 'JOB_INVALID'],
    'two things that make a pair': [join({ ...within, between: ['0s', '1s'] }), 'JOB_INVALID'],
    'no select': [join({ within: '1m' }), 'JOB_INVALID'],
    'an async select': [join({ within: '1m', select: async () => 1 }), 'JOB_INVALID'],
    'another type': [join({ ...within, type: 'outer' }), 'SETTING_INVALID'],
    'bounds the wrong way round': [
      join({ between: ['1m', '-1m'], select: () => 1 }),
      'SETTING_INVALID',
    ],
    'a lateness that is no duration': [join({ ...within, allowedLateness: 5 }), 'DURATION_INVALID'],
    'no window': [join({ window: {}, select: () => 1 }), 'JOB_INVALID'],
    'a window of processing time': [
      join({ window: tumbling('1m', { time: 'processing' }), select: () => 1 }),
      'JOB_INVALID',
    ],
    'a ttl of nothing': [
      (job) => void keyed(job).deduplicate('d', { ttl: '0s' }),
      'SETTING_INVALID',
    ],
    'a clock without a ttl': [
      (job) => void keyed(job).deduplicate('d', { clock: 'event' }),
      'SETTING_INVALID',
    ],
    'another clock': [
      (job) => void keyed(job).deduplicate('d', { ttl: '1s', clock: 'wall' as never }),
      'SETTING_INVALID',
    ],
  }
  test.each(Object.entries(cases))('%s', (_, [graph, code]) => {
    expect(errorOf(() => build(graph))).toMatchObject({ code, hint: expect.any(String) })
  })
})
