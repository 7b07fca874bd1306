// Joins and connected streams: types that are inferred as the documentation promises, and what must
// not compile. Checked by the compiler; never run.

import {
  broadcastState,
  counter,
  type Emit,
  type KeyedStream,
  type ReadonlyBroadcastState,
  session,
  sliding,
  type Stream,
  tumbling,
  value,
} from 'sluice'
import { holds, keyed, type Order, type Same } from './orders.ts'

interface Payment {
  readonly orderId: string
  readonly method: 'card' | 'cash'
  readonly at: number
}

declare const payments: KeyedStream<Payment, string>
declare const byNumber: KeyedStream<Payment, number>
type RecordOf<S> = S extends Stream<infer T> ? T : never

// Joins.
const inner = keyed.join('inner', payments, {
  within: '15m',
  select: (order, payment) => ({ id: order.id, method: payment.method }),
})
holds<Same<RecordOf<typeof inner>, { id: string; method: 'card' | 'cash' }>>()
holds<Same<RecordOf<typeof inner.late>, Order | Payment>>()
const left = keyed.join('left', payments, {
  between: ['-5m', '15m'],
  open: 'upper',
  type: 'left',
  allowedLateness: '1m',
  select(order, payment) {
    holds<Same<typeof order, Order>>()
    holds<Same<typeof payment, Payment | undefined>>()
    return payment?.method ?? order.id
  },
})
holds<Same<RecordOf<typeof left>, string>>()
keyed.join('right', payments, {
  window: sliding('10m', { every: '1m' }),
  type: 'right',
  select(order, payment) {
    holds<Same<typeof order, Order | undefined>>()
    holds<Same<typeof payment, Payment>>()
  },
})
const full = keyed.join('full', payments, {
  window: tumbling('10m', { timeZone: 'Europe/Rome' }),
  type: 'full',
  // Where the one is missing the other is known to be there.
  select: (order, payment) => (order === undefined ? payment.orderId : order.id),
})
holds<Same<RecordOf<typeof full>, string>>()
const priced = keyed.temporalJoin('priced', payments, {
  select: (order, payment) => [order.cents, payment.method] as const,
})
holds<Same<RecordOf<typeof priced>, readonly [number, 'card' | 'cash']>>()
keyed.temporalJoin('perhaps', payments, {
  type: 'left',
  select: (order, payment) => {
    holds<Same<typeof payment, Payment | undefined>>()
    return order
  },
})
const once = keyed.deduplicate('once', { ttl: '1h', clock: 'event' })
holds<Same<RecordOf<typeof once>, Order>>()
inner.parallelism(2).map(({ method }) => method)

const select = (order: Order) => order
// @ts-expect-error What must not be: keys of two kinds.
keyed.join('keys', byNumber, { within: '1m', select })
// @ts-expect-error The other stream has no key.
keyed.join('keys', payments.map(String), { within: '1m', select })
// @ts-expect-error An interval or a window, not both.
keyed.join('both', payments, { within: '1m', window: tumbling('1m'), select })
// @ts-expect-error Nothing says what makes a pair.
keyed.join('none', payments, { select })
// @ts-expect-error A window has its own lateness.
keyed.join('late', payments, { window: tumbling('1m'), allowedLateness: '1m', select })
// @ts-expect-error Sessions are not joined.
keyed.join('session', payments, { window: session('1m'), select })
// @ts-expect-error Nor is processing time.
keyed.join('clock', payments, { window: tumbling('1m', { time: 'processing' }), select })
// @ts-expect-error A join has a name.
keyed.join(payments, { within: '1m', select })
keyed.join('missing', payments, {
  within: '1m',
  type: 'left',
  // @ts-expect-error The payment may be missing.
  select: (_order, payment) => payment.method,
})
// @ts-expect-error A temporal join keeps no version alone.
keyed.temporalJoin('right', payments, { type: 'right', select })
// @ts-expect-error A time to live is a duration.
keyed.deduplicate('once', { ttl: 60 })

// Connected streams.
const connected = keyed.connect(payments).process('connected', {
  state: { order: value<Order>(), seen: counter() },
  onLeft(order, { state, key }, emit: Emit<{ paid: string }>) {
    holds<Same<typeof key, string>>()
    state.order.set(order)
    emit({ paid: order.id })
  },
  onRight(payment, { state }, emit) {
    holds<Same<typeof payment, Payment>>()
    emit({ paid: state.order.get()?.id ?? payment.orderId })
  },
  onTimer: ({ key }, { state }, emit) => emit({ paid: `${key} ${state.seen.get()}` }),
})
holds<Same<RecordOf<typeof connected>, { paid: string }>>()
// @ts-expect-error Keys of two kinds.
keyed.connect(byNumber)
// @ts-expect-error A keyed stream connects to a keyed or a broadcast one.
keyed.connect(payments.map(String))
// @ts-expect-error An unkeyed stream connects to a broadcast one.
keyed.map(String).connect(payments)
keyed.connect(payments).process('wrong', {
  state: { seen: counter() },
  onLeft(_order, { state }) {
    // @ts-expect-error A state that was not declared.
    state.saw.get()
  },
  onRight(payment) {
    // @ts-expect-error A payment has no price.
    payment.cents.toFixed()
  },
})

// Broadcast state.
const broadcast = { limits: broadcastState<string, { cents: number }>() }
const ruled = keyed.connect(payments.broadcast()).process('ruled', {
  broadcast,
  state: { seen: counter() },
  onBroadcast(payment, { broadcast }) {
    holds<Same<typeof payment, Payment>>()
    broadcast.limits.set(payment.orderId, { cents: payment.at })
  },
  onRecord(order, { broadcast, state, key }, emit: Emit<string>) {
    holds<Same<typeof broadcast.limits, ReadonlyBroadcastState<string, { cents: number }>>>()
    state.seen.set(order.cents)
    emit(key)
    // @ts-expect-error Rules change by broadcast records alone.
    broadcast.limits.delete(order.id)
  },
})
holds<Same<RecordOf<typeof ruled>, string>>()
const unkeyed = keyed
  .map((order) => order.cents)
  .connect(payments.broadcast())
  .process('unkeyed', {
    broadcast,
    onBroadcast: () => {},
    onRecord(cents, { broadcast }, emit: Emit<number>) {
      emit(cents - (broadcast.limits.get('all')?.cents ?? 0))
    },
  })
holds<Same<RecordOf<typeof unkeyed>, number>>()
keyed
  .map((order) => order.cents)
  .connect(payments.broadcast())
  .process('stateless', {
    broadcast,
    onBroadcast: () => {},
    // @ts-expect-error An unkeyed stream has no timers.
    onRecord: (_cents, { timers }) => timers.atEventTime(1),
  })
keyed.connect(payments.broadcast()).process('missing', {
  broadcast,
  onRecord() {},
  // @ts-expect-error A broadcast state that was not declared.
  onBroadcast: (_payment, { broadcast }) => broadcast.rules.clear(),
})
