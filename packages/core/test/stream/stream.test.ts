import { describe, expect, test } from 'vitest'
import { count } from '../../src/aggregate/aggregator.ts'
import type { Stream } from '../../src/stream/streams.ts'
import { counter, value } from '../../src/state/declaration.ts'
import { tumbling } from '../../src/window/definition/tumbling.ts'
import { anySink, build, errorOf, type Order, ordersOf } from './small-job.ts'

describe('a graph', () => {
  test('has the steps in order of construction, numbered below their parent', () => {
    const { graph } = build((job) => {
      const orders = ordersOf(job)
      orders
        .map((order) => order.cents)
        .filter((cents) => cents > 0)
        .to('cents', anySink())
      orders.map((order) => order.shop).to('shops', anySink())
    })
    expect(graph.steps.map(({ id, inputs }) => [id, ...inputs.map(({ step }) => step)])).toEqual([
      ['orders'],
      ['orders/map1', 'orders'],
      ['orders/map1/filter1', 'orders/map1'],
      ['cents', 'orders/map1/filter1'],
      ['orders/map2', 'orders'],
      ['shops', 'orders/map2'],
    ])
  })

  test('is data: it survives JSON', () => {
    const { graph } = build((job) => {
      const orders = ordersOf(job)
      const keyed = orders.keyBy((order) => order.shop)
      keyed.window(tumbling('1m')).aggregate('windows', count()).to('a', anySink())
      keyed.process('p', { state: { n: counter() }, onRecord() {} }).to('b', anySink())
      orders.mapAsync('geo', async (order) => order).to('c', anySink())
      orders.union(orders).rebalance().broadcast().to('d', anySink())
    })
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph)
  })

  test('says what a source, a window and a sink are', () => {
    const { graph, code } = build((job) => {
      const windows = ordersOf(job)
        .keyBy((order) => order.shop)
        .window(tumbling('1m', { allowedLateness: '5s' }))
        .aggregate('windows', { orders: count() })
      windows.parallelism(3).to('results', anySink())
      windows.late.to('late', anySink())
    })
    const [source, keyBy, window, results, late] = graph.steps
    expect(source).toMatchObject({
      outputs: ['main', 'dead-letters'],
      source: {
        connector: 'memory',
        bounded: true,
        watermarks: { maxOutOfOrdernessMs: 0, idleAfterMs: 30_000 },
      },
    })
    expect(keyBy).toMatchObject({ id: 'orders/key-by1', kind: 'key-by', named: false })
    expect(window).toMatchObject({
      id: 'windows',
      kind: 'operator',
      named: true,
      parallelism: 3,
      outputs: ['main', 'late'],
      operator: {
        type: 'window',
        keyed: true,
        state: [{ name: 'window', kind: 'value', namespace: 'window' }],
        stateShape: { sizeMs: 60_000, aggregates: ['orders:count'] },
      },
    })
    expect(results).toMatchObject({ inputs: [{ step: 'windows', output: 0 }], outputs: [] })
    expect(late).toMatchObject({ inputs: [{ step: 'windows', output: 1 }] })
    expect(code.get('windows')).toMatchObject({ kind: 'operator', key: expect.any(Function) })
  })

  test('puts the rest of a split last, whatever its place', () => {
    const { graph, code } = build((job) => {
      const { small, large, shopless } = ordersOf(job).split('sizes', {
        small: 'rest',
        shopless: (order) => order.shop === '',
        large: (order) => order.cents > 100,
      })
      for (const [name, stream] of Object.entries({ small, large, shopless })) {
        stream.to(name, anySink())
      }
    })
    expect(graph.steps.find(({ id }) => id === 'sizes')?.outputs).toEqual([
      'shopless',
      'large',
      'small',
    ])
    expect(graph.steps.find(({ id }) => id === 'small')?.inputs[0]?.output).toBe(2)
    const split = code.get('sizes')
    const branches = split?.kind === 'split' ? split.branches : []
    const taken = (order: Partial<Order>) => branches.findIndex((takes) => takes(order))
    expect(taken({ shop: '', cents: 500 })).toBe(0)
    expect(taken({ shop: 'a', cents: 500 })).toBe(1)
    expect(taken({ shop: 'a', cents: 5 })).toBe(2)
  })

  test('carries what a step was called before', () => {
    const { graph } = build((job) => {
      job
        .from('orders', anySource(), { renamedFrom: 'old-orders' })
        .keyBy(() => 1)
        .process('p', { onRecord() {} }, { renamedFrom: 'old-p' })
        .to('s', anySink(), { renamedFrom: 'old-s' })
    })
    const former = graph.steps.flatMap(({ renamedFrom }) => renamedFrom ?? [])
    expect(former).toEqual(['old-orders', 'old-p', 'old-s'])
    expect(graph.steps[0]?.source?.watermarks).toBeUndefined()
  })

  test('a mapAsync can be given another function, for tests', () => {
    const { code } = build((job) => {
      ordersOf(job)
        .mapAsync('geo', async (order) => order)
        .to('s', anySink())
    })
    const geo = code.get('geo')
    const fake = geo?.kind === 'operator' ? geo.withCall?.(async () => 1) : undefined
    expect(fake).toMatchObject({ kind: 'operator', create: expect.any(Function) })
  })
})

function anySource() {
  return {
    kind: 'any',
    bounded: true,
    ordered: 'none',
    description: {},
    createEnumerator: () => Promise.reject(new Error('never')) as never,
    createReader: () => Promise.reject(new Error('never')) as never,
  } as const
}

type Wrong = (orders: Stream<Order>) => unknown

describe('what cannot be run is refused:', () => {
  const keyed = (orders: Stream<Order>) => orders.keyBy((order) => order.shop)
  const none = undefined as never
  const cases: [string, string, Wrong][] = [
    ['a name with capitals', 'STEP_NAME_INVALID', (o) => o.to('Orders', anySink())],
    ['no name', 'STEP_NAME_INVALID', (o) => o.to(none, anySink())],
    ['a name too long', 'STEP_NAME_INVALID', (o) => o.to('x'.repeat(64), anySink())],
    ['a sink that is none', 'JOB_INVALID', (o) => o.to('s', {} as never)],
    ['a map without function', 'JOB_INVALID', (o) => o.map(none)],
    ['an async map', 'JOB_INVALID', (o) => o.map(async (order) => order)],
    ['an async filter', 'JOB_INVALID', (o) => o.filter((async () => true) as never)],
    ['an async key', 'JOB_INVALID', (o) => o.keyBy((async () => 'a') as never)],
    [
      'an async onRecord',
      'JOB_INVALID',
      (o) => keyed(o).process('p', { onRecord: (async () => {}) as never }),
    ],
    ['a process without onRecord', 'JOB_INVALID', (o) => keyed(o).process('p', {} as never)],
    [
      'a state that is not declared as one',
      'JOB_INVALID',
      (o) => keyed(o).process('p', { state: { last: 5 as never }, onRecord() {} }),
    ],
    [
      'a state with a bad name',
      'JOB_INVALID',
      (o) => keyed(o).process('p', { state: { 'a b': value<number>() }, onRecord() {} }),
    ],
    [
      'a window without aggregates',
      'JOB_INVALID',
      (o) => keyed(o).window(tumbling('1m')).aggregate('w', {}),
    ],
    ['a window of no kind', 'JOB_INVALID', (o) => keyed(o).window(none).aggregate('w', count())],
    ['a split without branches', 'JOB_INVALID', (o) => o.split('s', { a: 'rest' })],
    ['a split with two rests', 'JOB_INVALID', (o) => o.split('s', { a: 'rest', b: 'rest' })],
    ['a union with something else', 'JOB_INVALID', (o) => o.union({} as never)],
    ['the parallelism of a keyBy', 'JOB_INVALID', (o) => keyed(o).parallelism(2)],
    ['a parallelism of nothing', 'SETTING_INVALID', (o) => o.map(String).parallelism(0)],
    ['a mapAsync without function', 'JOB_INVALID', (o) => o.mapAsync('a', none)],
    [
      'a concurrency of nothing',
      'SETTING_INVALID',
      (o) => o.mapAsync('a', String, { concurrency: 0 }),
    ],
    [
      'an endless timeout',
      'DURATION_INVALID',
      (o) => o.mapAsync('a', String, { timeout: 'never' as never }),
    ],
  ]

  for (const [what, code, wrong] of cases) {
    test(what, () => {
      const error = errorOf(() => build((job) => void wrong(ordersOf(job))))
      expect(error).toMatchObject({ code })
    })
  }

  test('two steps of one name, with both places', () => {
    const error = errorOf(() =>
      build((job) => {
        const orders = ordersOf(job)
        orders.to('twice', anySink())
        orders.to('twice', anySink())
      }),
    )
    const place = 'stream\\.test\\.ts:\\d+:\\d+'
    expect(error).toMatchObject({
      code: 'STEP_NAME_DUPLICATE',
      message: expect.stringMatching(`'twice'.*${place}.*${place}`),
    })
  })

  test('a window over a source without event time', () => {
    const error = errorOf(() =>
      build((job) => {
        const timed = ordersOf(job)
        const timeless = job.from('timeless', anySource())
        timed
          .union(timeless)
          .keyBy(() => 1)
          .window(tumbling('1m'))
          .aggregate('w', count())
          .to('s', anySink())
      }),
    )
    expect(error).toMatchObject({
      code: 'JOB_INVALID',
      message: expect.stringContaining("'timeless'"),
    })
  })

  test('a step added when the graph is finished', () => {
    let late: Stream<Order> | undefined
    build((job) => {
      late = ordersOf(job)
      late.to('s', anySink())
    })
    expect(errorOf(() => late?.map(String))).toMatchObject({ code: 'JOB_INVALID' })
  })

  test('a stream of another job', () => {
    let foreign: Stream<Order> | undefined
    build((job) => {
      foreign = ordersOf(job)
      foreign.to('s', anySink())
    })
    const mixed = () => build((job) => void ordersOf(job).union(foreign as Stream<Order>))
    expect(errorOf(mixed)).toMatchObject({ code: 'JOB_INVALID' })
  })
})
