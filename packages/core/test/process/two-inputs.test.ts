import { describe, expect, test } from 'vitest'
import type { Operator } from '../../src/operator/host.ts'
import { broadcastState } from '../../src/process/broadcast-state.ts'
import { counter } from '../../src/state/declaration.ts'
import type { Key } from '../../src/key/key.ts'
import type { Emit } from '../../src/process/process-function.ts'
import { FakeHost } from '../operator/fake-host.ts'
import { anySink, build, errorOf, type Order, ordersOf } from '../stream/small-job.ts'

type Graph = Parameters<typeof build>[0]

/** The operator of the step called `step`, on a fake host of its own. */
function opened(graph: Graph, subtask = 0): FakeHost & { operator: Operator } {
  const code = build(graph).code.get('step')
  if (code?.kind !== 'operator') throw new Error('There is no operator.')
  const operator = code.create()
  const host = new FakeHost(operator, code.key, code.secondKey)
  host.subtask = subtask
  operator.open(host)
  return Object.assign(host, { operator })
}

const order = (shop: string, cents: number): Order => ({ shop, cents, at: 0 })

describe('two keyed streams', () => {
  const graph: Graph = (job) => {
    const orders = ordersOf(job)
    const refunds = orders.map(({ shop, cents }) => ({ where: shop, back: cents }))
    orders
      .keyBy(({ shop }) => shop)
      .connect(refunds.keyBy(({ where }) => where))
      .process('step', {
        state: { balance: counter() },
        onLeft({ cents }, { state, key, timers }, emit: Emit<unknown>) {
          state.balance.set(state.balance.get() + cents)
          emit(['left', key, state.balance.get()])
          timers.atEventTime(100)
        },
        onRight({ back }, { state, key, timestamp }, emit) {
          state.balance.set(state.balance.get() - back)
          emit(['right', key, state.balance.get(), timestamp])
        },
        onTimer({ key }, { state }, emit) {
          emit(['timer', key, state.balance.get()])
        },
      })
      .to('out', anySink())
  }

  test('share the state and timers of a key, and each has its own key function', () => {
    const host = opened(graph)
    host.record(order('a', 5), 1)
    host.second({ where: 'b', back: 1 }, 2)
    host.second({ where: 'a', back: 2 }, 3)
    host.record(order('b', 10), 4)
    host.watermark(100)
    expect(host.emitted.map(({ value }) => value)).toEqual([
      ['left', 'a', 5],
      ['right', 'b', -1, 2],
      ['right', 'a', 3, 3],
      ['left', 'b', 9],
      ['timer', 'a', 3],
      ['timer', 'b', 9],
    ])
  })

  test('are one step with two inputs', () => {
    const step = build(graph).graph.steps.find(({ id }) => id === 'step')
    expect(step?.inputs.map((input) => input.step)).toEqual([
      'orders/key-by1',
      'orders/map1/key-by1',
    ])
    expect(step?.operator).toMatchObject({ type: 'connect', keyed: true, operatorState: 'none' })
  })

  test('call the functions as methods of what the user wrote', () => {
    const host = opened((job) => {
      const keyed = ordersOf(job).keyBy(({ shop }) => shop)
      const functions = {
        tag: 'mine',
        onLeft(_order: Order, _context: object, emit: Emit<string>) {
          emit(`${this.tag} left`)
        },
        onRight(_order: Order, _context: object, emit: Emit<string>) {
          emit(`${this.tag} right`)
        },
      }
      keyed.connect(keyed).process('step', functions).to('out', anySink())
    })
    host.record(order('a', 1), 0)
    host.second(order('a', 1), 0)
    expect(host.emitted.map(({ value }) => value)).toEqual(['mine left', 'mine right'])
  })
})

describe('a keyed and a broadcast stream', () => {
  const graph: Graph = (job) => {
    const orders = ordersOf(job)
    const limits = orders.map(({ shop, cents }) => ({ shop, limit: cents }))
    orders
      .keyBy(({ shop }) => shop)
      .connect(limits.broadcast())
      .process('step', {
        state: { seen: counter() },
        broadcast: { limits: broadcastState<string, { limit: number }>() },
        onBroadcast({ shop, limit }, { broadcast }) {
          if (limit === 0) broadcast.limits.delete(shop)
          else broadcast.limits.set(shop, { limit })
        },
        onRecord({ shop, cents }, { state, broadcast, key }, emit: Emit<unknown>) {
          state.seen.set(state.seen.get() + 1)
          const { limit = Number.POSITIVE_INFINITY } = broadcast.limits.get(shop) ?? {}
          if (cents > limit) emit([key, state.seen.get(), [...broadcast.limits.keys()]])
        },
      })
      .to('out', anySink())
  }

  test('see and change the same broadcast state, beside the state of a key', () => {
    const host = opened(graph)
    host.record(order('a', 50), 1)
    host.second({ shop: 'a', limit: 10 }, 2)
    host.second({ shop: 'b', limit: 10 }, 2)
    host.record(order('a', 50), 3)
    host.second({ shop: 'a', limit: 0 }, 4)
    host.record(order('a', 50), 5)
    host.record(order('b', 50), 5)
    expect(host.emitted.map(({ value }) => value)).toEqual([
      ['a', 2, ['a', 'b']],
      ['b', 1, ['b']],
    ])
  })

  test('one subtask alone saves its copy, and every one restores it', () => {
    const [first, second] = [opened(graph, 0), opened(graph, 1)]
    for (const host of [first, second]) host.second({ shop: 'a', limit: 10 }, 2)
    const elements = first.operator.snapshot?.()
    expect(elements).toEqual([['limits', 'a', { limit: 10 }]])
    expect(second.operator.snapshot?.()).toEqual([])
    const restored = opened(graph, 3)
    restored.operator.restore?.(elements ?? [])
    restored.record(order('a', 11), 1)
    expect(restored.emitted).toHaveLength(1)
  })

  test('refuse to lose a broadcast state that is declared no longer', () => {
    const { operator } = opened(graph)
    expect(() => operator.restore?.([['gone', 'a', 1]])).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_INCOMPATIBLE' }),
    )
  })

  test('pass through one subtask, so that all see the broadcast records in one order', () => {
    const { steps } = build(graph).graph
    const [, rules] = steps.find(({ id }) => id === 'step')?.inputs ?? []
    const broadcast = steps.find(({ id }) => id === rules?.step)
    const funnel = steps.find(({ id }) => id === broadcast?.inputs[0]?.step)
    expect([broadcast?.kind, funnel?.kind, funnel?.parallelism]).toEqual(['broadcast', 'map', 1])
  })

  test('show their broadcast state read-only where it may not change', () => {
    const host = opened((job) => {
      const orders = ordersOf(job)
      orders
        .keyBy(({ shop }) => shop)
        .connect(orders.broadcast())
        .process('step', {
          broadcast: { rules: broadcastState<string, number>() },
          onBroadcast() {},
          onRecord(_order, { broadcast }, emit: Emit<unknown>) {
            emit('set' in broadcast.rules)
          },
        })
        .to('out', anySink())
    })
    host.record(order('a', 1), 0)
    expect(host.emitted[0]?.value).toBe(false)
  })
})

test('an unkeyed stream sees broadcast state too, and has neither key nor state of its own', () => {
  const graph: Graph = (job) => {
    const orders = ordersOf(job)
    orders
      .connect(orders.broadcast())
      .process('step', {
        broadcast: { known: broadcastState<number | bigint | boolean | string, string>() },
        onBroadcast({ shop }, { broadcast }) {
          broadcast.known.set(5, shop)
        },
        onRecord: ({ cents }, { broadcast, watermark }, emit: Emit<unknown>) =>
          emit([cents, broadcast.known.get(5), [...broadcast.known], watermark]),
      })
      .to('out', anySink())
  }
  const host = opened(graph)
  host.second(order('rome', 0), 0)
  host.watermark(7)
  host.record(order('a', 1), 8)
  expect(host.emitted[0]?.value).toEqual([1, 'rome', [[5, 'rome']], 7])
  const step = build(graph).graph.steps.find(({ id }) => id === 'step')
  expect(step?.operator).toMatchObject({ keyed: false, operatorState: 'broadcast', state: [] })
})

describe('what cannot be connected is refused with a hint', () => {
  const broadcast = { rules: broadcastState<string, number>() }
  const nothing = { onBroadcast() {}, onRecord() {} }
  const cases: Record<string, Graph> = {
    'streams of two jobs': (job) => {
      build((other) => {
        const keyed = ordersOf(other).keyBy(({ shop }) => shop)
        ordersOf(job)
          .keyBy(({ shop }) => shop)
          .connect(keyed)
      })
    },
    'a keyed stream and an unkeyed one': (job) => {
      const orders = ordersOf(job)
      orders.keyBy(({ shop }) => shop).connect(orders as never)
    },
    'two unkeyed streams': (job) => {
      const orders = ordersOf(job)
      orders.connect(orders as never)
    },
    'no broadcast state': (job) => {
      const orders = ordersOf(job)
      orders.connect(orders.broadcast()).process('step', { ...nothing, broadcast: {} })
    },
    'another kind of state as broadcast state': (job) => {
      const orders = ordersOf(job)
      const wrong = { rules: counter() } as never
      orders.connect(orders.broadcast()).process('step', { ...nothing, broadcast: wrong })
    },
    'no onBroadcast': (job) => {
      const orders = ordersOf(job)
      const onRecord = { broadcast, onRecord() {} } as never
      orders.connect(orders.broadcast()).process('step', onRecord)
    },
    'no onRight': (job) => {
      const keyed = ordersOf(job).keyBy(({ shop }): Key => shop)
      keyed.connect(keyed).process('step', { onLeft() {} } as never)
    },
  }
  test.each(Object.entries(cases))('%s', (_, graph) => {
    expect(errorOf(() => build(graph))).toMatchObject({ code: 'JOB_INVALID' })
  })
})
