// The types of declared state. Checked by the compiler; never run.

import {
  aggregating,
  type AggregatingState,
  counter,
  list,
  type ListState,
  map,
  type MapState,
  mean,
  reducing,
  type ReducingState,
  type StateDeclaration,
  value,
  type ValueState,
} from 'sluice'
import * as v from 'valibot'
import { z } from 'zod'
import { holds, type Order, type Same } from './orders.ts'

/** The handle of a declaration. */
type HandleOf<D> = D extends StateDeclaration<infer Handle> ? Handle : never

const Charge = z.object({ id: z.string(), cents: z.number(), currency: z.string().default('EUR') })
type Charge = { id: string; cents: number; currency: string }

// By schema: its output.
const bySchema = value(Charge, { ttl: '1h', refresh: 'read-and-write' })
holds<Same<HandleOf<typeof bySchema>, ValueState<Charge>>>()
const byValibot = list(v.object({ n: v.number() }))
holds<Same<HandleOf<typeof byValibot>, ListState<{ n: number }>>>()
const mapBySchema = map(Charge)
holds<Same<HandleOf<typeof mapBySchema>, MapState<string, Charge>>>()

// By example: its type, widened.
const byExample = value({ example: { at: 0, name: '' } })
holds<Same<HandleOf<typeof byExample>, ValueState<{ at: number; name: string }>>>()
const mapByExample = map({ example: { orders: 0 }, ttl: '1d' })
holds<Same<HandleOf<typeof mapByExample>, MapState<string, { orders: number }>>>()

// Given.
const given = map<number, string>({ clock: 'event', ttl: '1m' })
holds<Same<HandleOf<typeof given>, MapState<number, string>>>()
const highest = reducing<number>((left, right) => Math.max(left, right))
holds<Same<HandleOf<typeof highest>, ReducingState<number>>>()
const average = aggregating(mean((order: Order) => order.cents))
holds<Same<HandleOf<typeof average>, AggregatingState<Order, number>>>()

// A migration gives what the state holds.
value(Charge, { version: 2, migrate: (old) => ({ ...(old as Charge), currency: 'EUR' }) })
value<number>({ version: 3, migrate: (old, fromVersion) => Number(old) * fromVersion })
list<string>({ version: 2, migrate: String })
// @ts-expect-error What was stored is not known to be a number.
value<number>({ version: 2, migrate: (old) => old + 1 })
// @ts-expect-error A migration gives a number here.
value<number>({ version: 2, migrate: String })
// @ts-expect-error A migration gives a whole charge.
value(Charge, { version: 2, migrate: () => ({ id: 'x' }) })
// @ts-expect-error A version is a number.
value<number>({ version: '2' })
// @ts-expect-error A schema needs no example.
value(Charge, { example: { id: '', cents: 0, currency: '' } })
// @ts-expect-error The example is one of the type that is given.
value<number>({ example: 'one' })
// @ts-expect-error A counter holds numbers and has no version.
counter({ version: 2 })
// @ts-expect-error There is no such refreshing.
value<number>({ ttl: '1h', refresh: 'read' })
// @ts-expect-error The function takes and gives what is kept.
reducing<number>((left, right) => `${left}${right}`)
