// Attacks on joins: watermarks that rise in the middle of a sweep, restores that take the watermark
// back, a lateness that changes while records wait.

import { expect, it } from 'vitest'
import {
  type IntervalJoinSettings,
  IntervalJoinOperator,
} from '../../src/join/interval-join-operator.ts'
import { TemporalJoinOperator } from '../../src/join/temporal-join-operator.ts'
import type { Operator, OperatorHost } from '../../src/operator/host.ts'
import type { StateDescriptor } from '../../src/state/descriptor.ts'
import { FakeHost } from '../operator/fake-host.ts'
import { type Joined, JoinRun, keyOf, select } from '../join/joined-events.ts'

const interval = { lowerMs: 0, upperMs: 1000, lowerOpen: false, upperOpen: false }

let ids = 0
const left = (at: number): Joined => {
  return { side: 'left', key: 'a', at, id: ids++, watermark: undefined }
}
const right = (at: number): Joined => ({ ...left(at), side: 'right' })

function leftJoin(allowedLatenessMs = 0): IntervalJoinOperator {
  const settings: IntervalJoinSettings = { type: 'left', interval, allowedLatenessMs, select }
  return new IntervalJoinOperator(settings)
}

it('a record that is due only when a paused sweep goes on comes out as well', () => {
  const joined = new JoinRun(leftJoin())
  const records = [left(1100), ...Array.from({ length: 600 }, () => left(1000))]
  for (const record of records) joined.record(record)
  const { host } = joined
  let watermark = 2000
  // The engine takes the next watermark between two slices of timers.
  host.currentWatermark = () => watermark
  const { setEventTime } = host.timers
  host.timers.setEventTime = (time) => {
    watermark = 2500
    setEventTime(time)
  }
  host.watermark(2000)
  host.watermark(2500)
  const alone = host.emitted.map(({ value }) => (value as readonly number[])[0])
  expect(alone).toHaveLength(records.length)
  expect(new Set(alone)).toEqual(new Set(records.map(({ id }) => id)))
  expect(host.entriesStored + host.timersWaiting).toBe(0)
})

/** An operator whose place another takes while state and timers stay, as in a restore. */
function replaceable(first: Operator): { host: FakeHost; replace(next: Operator): void } {
  let current = first
  const opened = new Map<string, unknown>()
  const host = new FakeHost(
    {
      open() {},
      onRecord: (value, timestamp) => current.onRecord(value, timestamp),
      onSecondRecord: (value, timestamp) => current.onSecondRecord?.(value, timestamp),
      onEventTimer: (...timer) => current.onEventTimer?.(...timer),
    },
    keyOf,
    keyOf,
  )
  const state = host.state.bind(host)
  const keeping: OperatorHost['state'] = (descriptor: StateDescriptor) => {
    if (!opened.has(descriptor.name)) opened.set(descriptor.name, state(descriptor))
    return opened.get(descriptor.name) as never
  }
  host.state = keeping as FakeHost['state']
  const replace = (next: Operator): void => {
    current = next
    next.open(host)
  }
  replace(first)
  return { host, replace }
}

it('what came out alone stays gone when the job goes on with a larger lateness', () => {
  const { host, replace } = replaceable(leftJoin())
  const records = [left(1000), left(1100), left(1200)]
  for (const record of records) host.record(record, record.at)
  host.watermark(2050)
  expect(host.emitted).toHaveLength(1)
  replace(leftJoin(500))
  // In time by the new lateness, and too late for the one that has come out.
  const partner = right(1900)
  host.second(partner, partner.at)
  host.watermark(Number.POSITIVE_INFINITY)
  const [one, two, three] = records.map(({ id }) => id)
  expect(host.emitted.map(({ value }) => value)).toEqual([
    [one, undefined],
    [two, partner.id],
    [three, partner.id],
  ])
  expect(host.entriesStored + host.timersWaiting).toBe(0)
})

it('no older version takes the place of a newer one when the watermark was taken back', () => {
  const joined = new JoinRun(new TemporalJoinOperator({ type: 'left', select }))
  const [older, newer, order] = [right(70), right(100), left(110)]
  joined.record(newer)
  joined.watermark(100)
  joined.host.watermark(50)
  joined.host.second(older, older.at)
  joined.record(order)
  joined.watermark(120)
  expect(joined.outcome).toEqual({
    pairs: [`[${order.id},${newer.id}] at 110`],
    late: [older.id],
  })
})

it('a time of minus zero is the same instant as zero', () => {
  const joined = new JoinRun(new TemporalJoinOperator({ type: 'left', select }))
  const { host } = joined
  const named: number[] = []
  host.setNamespace = (namespace) => void named.push(namespace)
  joined.record(left(-0))
  joined.record(right(-0))
  expect(named.map((namespace) => Object.is(namespace, 0))).toEqual([true, true])
})
