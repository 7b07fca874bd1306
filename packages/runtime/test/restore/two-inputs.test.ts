// Steps with two inputs go on at another parallelism: waiting records, versions, broadcast state
// and timers find the subtask that now owns them.

import {
  broadcastState,
  counter,
  defineJob,
  type Emit,
  memorySink,
  memorySource,
  tumbling,
} from '@sluice/core'
import { expect, it } from 'vitest'
import { EngineJob } from '../attack/world/engine-job.ts'
import { type Meter, meteredSource } from './metered-source.ts'

interface Event {
  readonly key: number
  readonly id: number
  readonly at: number
}

const events = (salt: number): Event[] =>
  Array.from({ length: 240 }, (_, id) => ({
    key: (id * salt) % 17,
    id,
    at: 1000 + id * 10 + ((id * salt * 7919) % 41) - 20,
  }))

const left = events(3)
const right = events(5)
const rules = right.slice(0, 30)

type Pair = readonly [number | undefined, number | undefined]
const select = (one: Event | undefined, other: Event | undefined): Pair => [one?.id, other?.id]

function rescaledJob(meter: Meter) {
  const sinks = {
    near: memorySink<Pair>(),
    same: memorySink<Pair>(),
    versioned: memorySink<Pair>(),
    late: memorySink<Event>(),
    ruled: memorySink<unknown>(),
    balance: memorySink<unknown>(),
  }
  const timing = { eventTime: ({ at }: Event) => at, maxOutOfOrderness: '40ms' } as const
  const definition = defineJob({
    name: 'rescaled',
    graph(job) {
      const lefts = job.from('left', meteredSource(left, meter), timing).keyBy(({ key }) => key)
      const rights = job.from('right', meteredSource(right, meter), timing).keyBy(({ key }) => key)
      const near = lefts.join('near', rights, { within: '200ms', type: 'full', select })
      near.to('near-out', sinks.near)
      near.late.to('late-out', sinks.late)
      lefts
        .join('same', rights, { window: tumbling('500ms'), type: 'right', select })
        .to('same-out', sinks.same)
      lefts
        .temporalJoin('versioned', rights, { type: 'left', select })
        .to('versioned-out', sinks.versioned)
      lefts
        .connect(job.from('rules', memorySource(rules)).broadcast())
        .process('ruled', {
          broadcast: { rules: broadcastState<number, Event>() },
          onBroadcast: (rule, { broadcast }) => broadcast.rules.set(rule.id, rule),
          onRecord: (_event, { timers }) => timers.atEventTime(1_000_000),
          onTimer({ key }, { broadcast }, emit: Emit<unknown>) {
            emit([key, broadcast.rules.size])
          },
        })
        .to('ruled-out', sinks.ruled)
      lefts
        .connect(rights)
        .process('balance', {
          state: { balance: counter() },
          onLeft({ id }, { state, timers }) {
            state.balance.set(state.balance.get() + id)
            timers.atEventTime(1_000_000)
          },
          onRight({ id }, { state }) {
            state.balance.set(state.balance.get() - id)
          },
          onTimer: ({ key }, { state }, emit: Emit<unknown>) => emit([key, state.balance.get()]),
        })
        .to('balance-out', sinks.balance)
    },
  })
  return { definition, sinks }
}

const texts = (values: readonly unknown[]) => values.map((each) => JSON.stringify(each)).sort()

function pairsWhere(
  belongs: (one: Event, other: Event) => boolean,
  keeps: 'full' | 'right',
): Pair[] {
  const pairs: Pair[] = left.flatMap((one) =>
    right
      .filter((other) => other.key === one.key && belongs(one, other))
      .map((other): Pair => [one.id, other.id]),
  )
  const [lefts, rights] = [new Set(pairs.map(([id]) => id)), new Set(pairs.map(([, id]) => id))]
  const alone = left.filter(({ id }) => keeps === 'full' && !lefts.has(id))
  return [
    ...pairs,
    ...alone.map(({ id }): Pair => [id, undefined]),
    ...right.filter(({ id }) => !rights.has(id)).map(({ id }): Pair => [undefined, id]),
  ]
}

function versionOf(one: Event): Pair {
  const versions = right.filter(({ key, at }) => key === one.key && at <= one.at)
  return [one.id, versions.sort((a, b) => a.at - b.at).at(-1)?.id]
}

const sum = (of: readonly Event[], key: number) =>
  of.reduce((all, event) => all + (event.key === key ? event.id : 0), 0)

it('joins and connected streams go on at 1, 3, 2 and 5 subtasks, a death in each', async () => {
  const meter = { open: 0 }
  const { definition, sinks } = rescaledJob(meter)
  const job = new EngineJob(definition)
  for (const [index, parallelism] of [1, 3, 2].entries()) {
    const run = job.start(parallelism)
    meter.open = 40 + index * 60
    await job.untilCheckpoints(2)
    meter.open += 30
    job.killWorker()
    await job.untilCheckpoints(2)
    run.stop()
    expect((await run.done).outcome).toBe('stopped')
  }
  meter.open = left.length
  expect((await job.start(5).done).outcome).toBe('finished')
  expect(sinks.late.records).toEqual([])
  const near = pairsWhere((one, other) => Math.abs(one.at - other.at) <= 200, 'full')
  expect(texts(sinks.near.records)).toEqual(texts(near))
  const window = ({ at }: Event) => Math.floor(at / 500)
  const same = pairsWhere((one, other) => window(one) === window(other), 'right')
  expect(texts(sinks.same.records)).toEqual(texts(same))
  expect(texts(sinks.versioned.records)).toEqual(texts(left.map(versionOf)))
  const keys = [...new Set(left.map(({ key }) => key))]
  expect(texts(sinks.ruled.records)).toEqual(texts(keys.map((key) => [key, rules.length])))
  expect(texts(sinks.balance.records)).toEqual(
    texts(keys.map((key) => [key, sum(left, key) - sum(right, key)])),
  )
})
