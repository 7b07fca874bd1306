// Types that are inferred as the documentation promises. Checked by the compiler; never run.

import {
  aggregator,
  approximateCountDistinct,
  count,
  countDistinct,
  type CountedWindow,
  type CounterState,
  countWindow,
  cumulative,
  defineJob,
  early,
  type Emit,
  type Format,
  globalWindow,
  json,
  last,
  list,
  type ListState,
  map,
  type MapState,
  mean,
  onCount,
  session,
  sliding,
  type StateOf,
  type Stream,
  sum,
  topN,
  tumbling,
  value,
  type ValueState,
  type Window,
  type WindowResult,
} from 'sluice'
import type { Sink } from 'sluice/connector'
import * as v from 'valibot'
import { z } from 'zod'
import { holds, job, keyed, type Order, orderSource, type Same } from './orders.ts'

const orders = job.from('orders', orderSource, { eventTime: (order) => order.at })

/** The type of the records of a stream. */
type RecordOf<S> = S extends Stream<infer T> ? T : never

// Stateless steps.
const mapped = orders.map(({ shop, cents }) => ({ shop, euros: cents / 100 }))
holds<Same<RecordOf<typeof mapped>, { shop: string; euros: number }>>()
const numbers = orders.flatMap((order) => (order.cents > 0 ? [order.cents] : []))
holds<Same<RecordOf<typeof numbers>, number>>()
const mixed = mapped.union(numbers)
holds<Same<RecordOf<typeof mixed>, { shop: string; euros: number } | number>>()
const narrowed = mixed.filter((record): record is number => typeof record === 'number')
holds<Same<RecordOf<typeof narrowed>, number>>()
const narrowedByInference = mixed.filter((record) => typeof record === 'number')
holds<Same<RecordOf<typeof narrowedByInference>, number>>()
const dead = orders.deadLetters.map((letter) => letter.reason)
holds<Same<RecordOf<typeof dead>, string>>()

// Branches of a split.
type Event = { kind: 'click'; x: number } | { kind: 'key'; code: string } | { kind: 'scroll' }
declare const events: Stream<Event>
const { clicks, loud, others } = events.split('kinds', {
  clicks: (event) => event.kind === 'click',
  loud: (event): boolean => event.kind === 'key' && event.code !== '',
  others: 'rest',
})
holds<Same<RecordOf<typeof clicks>, { kind: 'click'; x: number }>>()
holds<Same<RecordOf<typeof loud>, Event>>()
holds<Same<RecordOf<typeof others>, { kind: 'key'; code: string } | { kind: 'scroll' }>>()

// Windows.
const revenue = keyed.window(tumbling('1m')).aggregate('revenue', {
  orders: count(),
  cents: sum((order) => order.cents),
  average: mean((order) => order.cents),
  longest: aggregator({
    create: () => '',
    add: (longest: string, order: Order) => (order.shop > longest ? order.shop : longest),
    result: (longest) => longest.length,
  }),
})
interface Revenue {
  readonly orders: number
  readonly cents: number
  readonly average: number
  readonly longest: number
}
type RevenueResult = WindowResult<string, { [Name in keyof Revenue]: Revenue[Name] }>
declare const result: RecordOf<typeof revenue>
export const sameResult: RevenueResult = result
holds<Same<(typeof result)['key'], string>>()
holds<Same<(typeof result)['window'], Window>>()
holds<Same<(typeof result)['value']['cents'], number>>()
holds<Same<RecordOf<typeof revenue.late>, Order>>()
const single = keyed.window(tumbling('1h')).aggregate('orders', count())
const cents = keyed.window(tumbling('1h')).aggregate(
  'cents',
  sum((order) => order.cents),
)
holds<Same<RecordOf<typeof cents>['value'], number>>()
holds<Same<RecordOf<typeof single>['value'], number>>()

// Every kind of window, and what its results carry.
const lastHour = keyed.window(sliding('1h', { every: '5m' })).aggregate('last-hour', {
  orders: count(),
  dearest: topN(3, (order) => order.cents),
  shops: countDistinct((order) => order.shop),
  about: approximateCountDistinct((order) => order.id),
  newest: last<Order>(),
})
declare const lastHourResult: RecordOf<typeof lastHour>
holds<Same<(typeof lastHourResult)['value']['dearest'], readonly Order[]>>()
holds<Same<(typeof lastHourResult)['value']['newest'], Order>>()
holds<Same<(typeof lastHourResult)['window'], Window>>()
holds<Same<RecordOf<typeof lastHour.late>, Order>>()
const visits = keyed
  .window(session((order) => (order.cents > 100 ? '5m' : '30m')))
  .apply('visits', (records, { key, window }) => {
    holds<Same<typeof records, readonly Order[]>>()
    holds<Same<typeof key, string>>()
    return { orders: records.length, lastedMs: window.end - window.start }
  })
holds<Same<RecordOf<typeof visits>['value'], { orders: number; lastedMs: number }>>()
holds<Same<RecordOf<typeof visits.late>, Order>>()
const dearest = keyed
  .window(tumbling('1h', { time: 'processing' }))
  .reduce('dearest', (a, b) => (b.cents > a.cents ? b : a))
holds<Same<RecordOf<typeof dearest>, WindowResult<string, Order>>>()
const running = keyed.window(globalWindow({ trigger: onCount(3) })).aggregate('running', count())
holds<Same<RecordOf<typeof running>, WindowResult<string, number, CountedWindow>>>()
const hundreds = keyed.window(countWindow(100)).aggregate(
  'hundreds',
  sum((order) => order.cents),
)
holds<Same<RecordOf<typeof hundreds>['window'], CountedWindow>>()
const whole = orders
  .windowAll(cumulative('1d', { every: '1h', timeZone: 'Europe/Rome', trigger: early('10s') }))
  .aggregate('whole', { orders: count(), average: mean((order) => order.cents) })
holds<Same<keyof RecordOf<typeof whole>, 'window' | 'value'>>()
holds<Same<RecordOf<typeof whole>['value']['average'], number>>()
holds<Same<RecordOf<typeof whole.late>, Order>>()

// Keys.
const byPair = orders.keyBy((order) => [order.shop, order.cents])
byPair.process('pairs', {
  onRecord(order, { key }, emit: Emit<string>) {
    holds<Same<typeof key, [string, number]>>()
    holds<Same<typeof order, Order>>()
    emit(order.id)
  },
})

// State and what a process step emits.
const Probe = z.object({ id: z.string(), at: z.number() })
const state = {
  probe: value(Probe, { ttl: '1h' }),
  last: value<number>(),
  seen: counterOf(),
  recent: list<string>({ ttl: '1d', clock: 'event' }),
  places: list(v.object({ city: v.string() })),
  perItem: map<number, { total: number }>(),
  probes: map(Probe),
}
declare function counterOf(): ReturnType<typeof import('sluice').counter>
type Handles = StateOf<typeof state>
holds<Same<Handles['probe'], ValueState<{ id: string; at: number }>>>()
holds<Same<Handles['last'], ValueState<number>>>()
holds<Same<Handles['seen'], CounterState>>()
holds<Same<Handles['recent'], ListState<string>>>()
holds<Same<Handles['places'], ListState<{ city: string }>>>()
holds<Same<Handles['perItem'], MapState<number, { total: number }>>>()
holds<Same<Handles['probes'], MapState<string, { id: string; at: number }>>>()
const processed = keyed.process('probe', {
  state,
  onRecord(order, { state, key }, emit: Emit<{ id: string }>) {
    holds<Same<typeof key, string>>()
    emit({ id: state.probe.get()?.id ?? order.id })
  },
  onTimer(timer, { state }, emit) {
    holds<Same<typeof timer.key, string>>()
    state.probe.clear()
    emit({ id: timer.key })
  },
})
holds<Same<RecordOf<typeof processed>, { id: string }>>()
const silent = keyed.process('silent', {
  onRecord(order, { timers }) {
    timers.atEventTime(order.at)
  },
  onTimer() {},
})
holds<Same<RecordOf<typeof silent>, never>>()

// Asynchronous calls.
const located = orders.mapAsync('geo', async (order, signal) => {
  holds<Same<typeof signal, AbortSignal>>()
  return { ...order, country: 'it' }
})
holds<Same<RecordOf<typeof located>['country'], string>>()

// Formats take their type from their place.
declare function write<T>(options: { key?: (row: T) => string; value: Format<T> }): Sink<T>
revenue
  .map(({ key, window, value }) => ({ shop: key, minute: window.start, ...value }))
  .to('revenue', write({ key: (row) => row.shop, value: json() }))
const format = json(v.object({ city: v.string() }))
holds<Same<typeof format, Format<{ city: string }>>>()
const given = json<Order>()
holds<Same<typeof given, Format<Order>>>()

// A stream of more is a stream of less; a sink of less is a sink of more.
export const wider: Stream<{ readonly id: string }> = orders
declare const idSink: Sink<{ readonly id: string }>
orders.to('ids', idSink).parallelism(1)

// Parameters.
const definition = defineJob({
  name: 'typed',
  params: z.object({ LIMIT: z.coerce.number(), NAME: z.string().default('x') }),
  graph(job, { LIMIT, NAME }) {
    holds<Same<typeof LIMIT, number>>()
    holds<Same<typeof NAME, string>>()
    job.from('orders', orderSource).parallelism(2)
  },
})
type Parameters = NonNullable<(typeof definition)['~parameters']>
holds<Same<Parameters, { LIMIT: number; NAME: string }>>()
