import { expect, test } from 'vitest'
import type { Key } from '../../src/key/key.ts'
import type { ProcessFunctions } from '../../src/process/process-function.ts'
import { createProcessOperator } from '../../src/process/process-operator.ts'
import { counter, value } from '../../src/state/declaration.ts'
import { describeStates } from '../../src/state/declared-states.ts'
import { FakeHost } from '../operator/fake-host.ts'

interface Charge {
  readonly card: string
  readonly cents: number
}

const state = { charges: counter(), last: value<number>() }
type Functions = ProcessFunctions<Charge, unknown, typeof state, string>

const cardOf = (charge: unknown) => (charge as Charge).card

function opened(functions: Omit<Functions, 'state'>): FakeHost {
  const operator = createProcessOperator(
    functions as unknown as Parameters<typeof createProcessOperator>[0],
    describeStates(state, 'step'),
    cardOf,
  )
  const host = new FakeHost(operator, cardOf)
  operator.open(host)
  return host
}

test('state belongs to the key of the record, and what is emitted has its time', () => {
  const host = opened({
    onRecord(charge, { state, key, timestamp }, emit) {
      state.charges.set(state.charges.get() + 1)
      emit([key, state.charges.get(), state.last.get(), timestamp])
      state.last.set(charge.cents)
    },
  })
  host.record({ card: 'a', cents: 1 }, 10)
  host.record({ card: 'b', cents: 2 }, 20)
  host.record({ card: 'a', cents: 3 }, 30)
  expect(host.emitted).toEqual([
    { value: ['a', 1, undefined, 10], timestamp: 10, output: 0 },
    { value: ['b', 1, undefined, 20], timestamp: 20, output: 0 },
    { value: ['a', 2, 1, 30], timestamp: 30, output: 0 },
  ])
})

test('one context serves all calls', () => {
  const seen = new Set<object>()
  const host = opened({
    onRecord: (_charge, context) => void seen.add(context),
    onTimer: (_timer, context) => void seen.add(context),
  })
  host.record({ card: 'a', cents: 1 }, 10)
  host.record({ card: 'b', cents: 1 }, 10)
  expect(seen.size).toBe(1)
})

test('timers fire once per key and time, in order, with key, clock and state of their key', () => {
  const host = opened({
    onRecord(charge, { timers, state }) {
      state.last.set(charge.cents)
      timers.atEventTime(charge.cents)
      timers.atEventTime(charge.cents)
      timers.atProcessingTime(charge.cents)
    },
    onTimer({ at, key, domain }, context, emit) {
      emit([at, key, domain, context.key, context.state.last.get(), context.timestamp])
    },
  })
  host.record({ card: 'a', cents: 300 }, 1)
  host.record({ card: 'b', cents: 200 }, 1)
  host.watermark(299)
  host.watermark(1000)
  host.clock(200)
  expect(host.emitted).toEqual([
    { value: [200, 'b', 'event-time', 'b', 200, 200], timestamp: 200, output: 0 },
    { value: [300, 'a', 'event-time', 'a', 300, 300], timestamp: 300, output: 0 },
    { value: [200, 'b', 'processing-time', 'b', 200, 200], timestamp: 200, output: 0 },
  ])
})

test('timers of the processing time go to onProcessingTimer where there is one', () => {
  const calls: string[] = []
  const host = opened({
    onRecord: (_charge, { timers }) => timers.atProcessingTime(5),
    onTimer: () => void calls.push('onTimer'),
    onProcessingTimer: () => void calls.push('onProcessingTimer'),
  })
  host.record({ card: 'a', cents: 1 }, 1)
  host.clock(5)
  expect(calls).toEqual(['onProcessingTimer'])
})

test('a cancelled timer does not fire', () => {
  const host = opened({
    onRecord(charge, { timers }) {
      if (charge.cents > 0) timers.atEventTime(charge.cents)
      else timers.cancelEventTime(-charge.cents)
    },
    onTimer: ({ at }, _context, emit) => emit(at),
  })
  host.record({ card: 'a', cents: 100 }, 1)
  host.record({ card: 'b', cents: 100 }, 1)
  host.record({ card: 'a', cents: -100 }, 1)
  host.watermark(1000)
  expect(host.emitted).toHaveLength(1)
})

test('watermark and processing time are those of the host', () => {
  const host = opened({
    onRecord: (_charge, { watermark, processingTime }, emit) => emit([watermark, processingTime]),
  })
  host.watermark(7)
  host.clock(8)
  host.record({ card: 'a', cents: 1 }, 9)
  expect(host.emitted[0]?.value).toEqual([7, 8])
})

test('a timer that nothing would answer to, or at no time, is refused', () => {
  const silent = opened({ onRecord: (_charge, { timers }) => timers.atEventTime(5) })
  expect(() => silent.record({ card: 'a', cents: 1 }, 1)).toThrow(
    expect.objectContaining({ code: 'JOB_INVALID' }),
  )
  const timeless = opened({
    onRecord: (_charge, { timers }) => timers.atEventTime(Number.POSITIVE_INFINITY),
    onTimer() {},
  })
  expect(() => timeless.record({ card: 'a', cents: 1 }, 1)).toThrow(
    expect.objectContaining({ code: 'TIMESTAMP_INVALID' }),
  )
})

test('onTimer is called as a method of what the user wrote', () => {
  const functions = {
    tag: 'mine',
    onRecord: (_charge: Charge, { timers }: { timers: { atEventTime(time: number): void } }) =>
      timers.atEventTime(1),
    onTimer(_timer: { key: Key }, _context: object, emit: (value: unknown) => void) {
      emit(this.tag)
    },
  }
  const host = opened(functions)
  host.record({ card: 'a', cents: 1 }, 0)
  host.watermark(1)
  expect(host.emitted[0]?.value).toBe('mine')
})
