// Joins on one core over the heap backend: keys with one partner each, and one key with a hundred
// thousand waiting records. Times are over the thread's own processor time, because the machine is
// shared.
// Run: node --expose-gc --conditions=sluice-source bench/micro/joins.ts [--json]

import { IntervalJoinOperator } from '../../packages/core/src/join/interval-join-operator.ts'
import { joinInterval } from '../../packages/core/src/join/join-interval.ts'
import type { JoinType } from '../../packages/core/src/join/join-options.ts'
import { TemporalJoinOperator } from '../../packages/core/src/join/temporal-join-operator.ts'
import type {
  Key,
  Operator,
  OperatorHost,
  StateDescriptor,
} from '../../packages/core/src/internal.ts'
import { createHeapBackend } from '../../packages/runtime/src/state/heap-backend.ts'
import { threadMs } from '../harness/micro.ts'

const GROUPS = 128
const ROUNDS = 3
const WAITING = 100_000

interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 'ns' | 'ms'
}

/** An operator over a backend of its own, as a task would run it. */
class Bench {
  emitted = 0
  readonly #operator: Operator
  readonly #backend: ReturnType<typeof createHeapBackend>
  #watermark = Number.NEGATIVE_INFINITY

  constructor(operator: Operator) {
    const backend = createHeapBackend({
      step: 'bench',
      subtask: 0,
      maxParallelism: GROUPS,
      range: { first: 0, last: GROUPS - 1 },
      freezes: false,
      now: () => 0,
      watermark: () => this.#watermark,
    })
    this.#operator = operator
    this.#backend = backend
    operator.open({
      state: (descriptor: StateDescriptor) => backend.state(descriptor),
      timers: { setEventTime: (time: number) => backend.setTimer('event', time) },
      setNamespace: (namespace: number) => backend.setNamespace(namespace),
      currentWatermark: () => this.#watermark,
      isOutputFull: () => false,
      emit: () => {
        this.emitted++
      },
    } as unknown as OperatorHost)
  }

  left(key: Key, time: number): void {
    this.#backend.setKey(key, -1)
    this.#operator.onRecord({ id: time }, time)
  }

  right(key: Key, time: number): void {
    this.#backend.setKey(key, -1)
    this.#operator.onSecondRecord?.({ id: time }, time)
  }

  /** Advances the watermark; returns the longest call in milliseconds. */
  watermark(time: number): number {
    this.#watermark = time
    let longestMs = 0
    for (;;) {
      const before = threadMs()
      const fired = this.#backend.fireTimers('event', time, 1, (at, key, namespace) =>
        this.#operator.onEventTimer?.(at, key, namespace),
      )
      longestMs = Math.max(longestMs, threadMs() - before)
      if (fired === 0) return longestMs
    }
  }
}

function intervalJoin(within: `${number}ms` | `${number}m`, type: JoinType): Bench {
  const select = (left: unknown, right: unknown) => ({ left, right })
  const interval = joinInterval({ within }, 'bench')
  return new Bench(new IntervalJoinOperator({ type, select, interval, allowedLatenessMs: 0 }))
}

/** Nanoseconds for each of `count` calls, the median of several rounds. */
function perCall(count: number, prepare: () => Bench, call: (bench: Bench, n: number) => void) {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const bench = prepare()
    globalThis.gc?.()
    const before = threadMs()
    for (let n = 0; n < count; n++) call(bench, n)
    return ((threadMs() - before) * 1e6) / count
  })
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] as number
}

/** A hundred thousand left records of one key, nine milliseconds apart. */
function waiting(within: '15m' | '50ms', type: JoinType): Bench {
  const bench = intervalJoin(within, type)
  for (let n = 0; n < WAITING; n++) bench.left('hot', n * 9)
  return bench
}

function figures(): Figure[] {
  const found: Figure[] = []
  const add = (name: string, value: number, unit: Figure['unit'] = 'ns') =>
    found.push({ name, value: Math.round(value * 100) / 100, unit })
  for (const type of ['inner', 'full'] as const) {
    const open = () => intervalJoin('15m', type)
    const keys = Array.from({ length: WAITING }, (_, n) => `order-${n}`)
    const sparse = () => {
      const bench = open()
      keys.forEach((key, n) => bench.left(key, n))
      return bench
    }
    const key = (n: number) => keys[n] as string
    add(
      `join-${type}-new-key`,
      perCall(WAITING, open, (bench, n) => bench.left(key(n), n)),
    )
    add(
      `join-${type}-one-partner`,
      perCall(WAITING, sparse, (b, n) => b.right(key(n), n + 1000)),
    )
    add(
      `join-${type}-hot-add`,
      perCall(WAITING, open, (bench, n) => bench.left('hot', n * 9)),
    )
    const beside = (bench: Bench, n: number) => bench.right('hot', 10_000_000 + n)
    add(
      `join-${type}-hot-none-match`,
      perCall(10_000, () => waiting('15m', type), beside),
    )
    const few = (bench: Bench, n: number) => bench.right('hot', n * 9)
    add(
      `join-${type}-hot-eleven-match`,
      perCall(WAITING, () => waiting('50ms', type), few),
    )
    const all = (bench: Bench, n: number) => bench.right('hot', 450_000 + n)
    add(`join-${type}-hot-per-match`, perCall(10, () => waiting('15m', type), all) / WAITING)
    const sweep = waiting('15m', type)
    let longestMs = 0
    for (let time = 700_000; time < 1_900_000; time += 100) {
      longestMs = Math.max(longestMs, sweep.watermark(time))
    }
    add(`join-${type}-hot-longest-sweep`, longestMs, 'ms')
  }
  const select = (left: unknown, right: unknown) => ({ left, right })
  const temporal = () => new Bench(new TemporalJoinOperator({ type: 'left', select }))
  add(
    'join-temporal-hot-version',
    perCall(WAITING, temporal, (bench, n) => bench.right('hot', n * 9)),
  )
  add(
    'join-temporal-hot-record',
    perCall(WAITING, temporal, (bench, n) => bench.left('hot', n * 9)),
  )
  return found
}

for (const { name, value, unit } of figures()) {
  if (process.argv.includes('--json')) console.log(JSON.stringify({ name, value, unit }))
  else console.log(name.padEnd(36), String(value).padStart(10), unit)
}
