// What must not compile, and each time for the reason that its comment names. Checked by the
// compiler; never run.

import {
  aggregator,
  consoleSink,
  count,
  counter,
  countWindow,
  defineJob,
  type Emit,
  globalWindow,
  session,
  sliding,
  sum,
  tumbling,
  value,
} from 'sluice'
import { job, keyed, type Order, orderSource, sinkOf } from './orders.ts'

const orders = job.from('orders', orderSource)

// @ts-expect-error A duration has a short unit and no space.
tumbling('10 seconds')
// @ts-expect-error A duration has a unit.
tumbling('10')
// @ts-expect-error A checkpoint interval is a duration, not a number.
defineJob({ name: 'x', checkpoint: { every: 10_000 }, graph() {} })
// @ts-expect-error An option that does not exist.
defineJob({ name: 'x', checkpoint: { interval: '10s' }, graph() {} })
// @ts-expect-error There is no such state backend.
defineJob({ name: 'x', state: { backend: 'redis' }, graph() {} })
// @ts-expect-error A job has a name.
defineJob({ graph() {} })
// @ts-expect-error A job has no parameters unless it declares them.
defineJob({ name: 'x', graph: (_job, { BROKERS }) => void BROKERS.length })

// @ts-expect-error process exists only after keyBy.
orders.process('p', { onRecord() {} })
// @ts-expect-error window exists only after keyBy.
orders.window(tumbling('1m'))
// @ts-expect-error An object is no key.
orders.keyBy((order) => ({ shop: order.shop }))
// @ts-expect-error A tuple has at most four parts.
orders.keyBy((order) => [order.id, order.id, order.id, order.id, order.id])
// @ts-expect-error undefined is no key.
orders.keyBy((order) => (order.cents > 0 ? order.shop : undefined))
// @ts-expect-error A field that orders do not have.
orders.map((order) => order.price)
// @ts-expect-error A field that orders do not have.
keyed.window(tumbling('1m')).aggregate('sum', { cents: sum((order) => order.price) })
keyed.window(tumbling('1m')).aggregate(
  'sum',
  // @ts-expect-error sum adds numbers.
  sum((order) => order.shop),
)
const unmergeable = aggregator({
  create: () => '',
  add: (longest: string, order: Order) => (order.id > longest ? order.id : longest),
  result: (longest) => longest,
})
// @ts-expect-error Panes are put together: the aggregator needs a merge.
keyed.window(sliding('1h', { every: '5m' })).aggregate('longest', unmergeable)
// @ts-expect-error Sessions are put together: the aggregator needs a merge.
keyed.window(session('1h')).aggregate('longest', { longest: unmergeable, orders: count() })
// @ts-expect-error A sliding window says how often.
sliding('1h')
// @ts-expect-error A global window has a trigger.
globalWindow()
// @ts-expect-error Sessions have no borders that could be moved.
session('1h', { offset: '5m' })
// @ts-expect-error The gap of a session is a duration.
session((order: Order) => order.cents)
// @ts-expect-error The gap is asked of records of the stream.
keyed.window(session((click: { readonly x: number }) => (click.x > 0 ? '1m' : '2m')))
// @ts-expect-error Nothing is late in processing time.
void keyed.window(tumbling('1m', { time: 'processing' })).aggregate('now', count()).late
const counted = keyed.window(countWindow(3)).aggregate('ends', count())
// @ts-expect-error A count window ends at no time.
counted.map(({ window }) => window.end)
// @ts-expect-error What is folded stays what it was.
keyed.window(tumbling('1m')).reduce('fold', (a, b) => a.cents + b.cents)
const everything = orders.windowAll(tumbling('1m')).aggregate('all', count())
// @ts-expect-error A window over the whole stream has no key.
everything.map(({ key }) => key)
// @ts-expect-error An event time is a number.
job.from('timed', orderSource, { eventTime: (order) => order.shop })

// @ts-expect-error A step that keeps state has a name.
keyed.process({ onRecord() {} })
// @ts-expect-error A sink has a name.
orders.to(consoleSink())
// @ts-expect-error A window's result has a name.
keyed.window(tumbling('1m')).aggregate({ orders: count() })
// @ts-expect-error A mapAsync has a name.
orders.mapAsync(async (order: Order) => order)
// @ts-expect-error A sink of records of another type.
orders.to('numbers', sinkOf<number>())
// @ts-expect-error A sink that needs more than the stream has.
orders.to('more', sinkOf<Order & { readonly country: string }>())
// @ts-expect-error A misspelt kind of event in a branch.
orders.split('sizes', { large: (order) => order.cent > 0 })
// @ts-expect-error Only 'rest' may stand for a predicate.
orders.split('sizes', { large: 'others' })
const sizes = orders.split('sizes', { large: (order) => order.cents > 0 })
// @ts-expect-error A branch that was not declared.
sizes.small.map(String)

keyed.process('p', {
  state: { probe: value<Order>(), seen: counter() },
  onRecord(order, { state, timers }, emit: Emit<{ id: string }>) {
    // @ts-expect-error A state that was not declared.
    state.prob.get()
    // @ts-expect-error A state of another type.
    state.seen.set('one')
    // @ts-expect-error What state holds may be missing.
    state.probe.get().id.trim()
    // @ts-expect-error An object that came out of state is read-only.
    state.probe.get()!.cents = 1
    // @ts-expect-error A value of another type.
    emit({ id: 1 })
    // @ts-expect-error A timer is set to a number.
    timers.atEventTime(order.shop)
  },
})
keyed.process('unannotated', {
  onRecord(order, _context, emit) {
    // @ts-expect-error emit must be annotated with what it sends on.
    emit(order.id)
  },
})
keyed.process('stateless', {
  onRecord(order, { state }, emit: Emit<string>) {
    // @ts-expect-error There is no state unless it is declared.
    state.probe.get()
    emit(order.id)
  },
})
