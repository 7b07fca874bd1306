// The heap state backend on one core: counter updates per second beside a plain Map of objects in
// the same run, the longest slice of a snapshot, the time of a restore, the bytes of a delta, the
// memory of a million long string keys. Rates are over the thread's own processor time, because the
// machine is shared.
// Run: node --expose-gc --conditions=sluice-source bench/micro/state.ts [--json]

import { createHeapBackend } from '../../packages/runtime/src/state/heap-backend.ts'
import type {
  KeyedStateBackend,
  SegmentRef,
} from '../../packages/runtime/src/state/state-backend.ts'
import { drawing, threadMs } from '../harness/micro.ts'

const SEED = 1
const ROUNDS = 5
const UPDATES = 1_000_000
const GROUPS = 128
const MILLION = 1_000_000

interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly baseline?: string
  readonly baselineValue?: number
  readonly bar?: number
  /** Whether the bar is a lower or an upper bound. */
  readonly least?: boolean
}

const next = drawing(SEED)

function open(): KeyedStateBackend {
  return createHeapBackend({
    step: 'bench',
    subtask: 0,
    maxParallelism: GROUPS,
    range: { first: 0, last: GROUPS - 1 },
    freezes: false,
    now: () => performance.now(),
    watermark: () => 0,
  })
}

const counterState = { name: 'count', kind: 'counter', namespace: 'none' } as const

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number
}

/** Rounds of both ways in turn, so that what disturbs one disturbs the other. */
function updateRates(keys: readonly (string | number)[]): [number, number] {
  const backend = open()
  const counter = backend.state(counterState)
  const plain = new Map<string | number, { count: number }>()
  const update = (key: string | number) => {
    backend.setKey(key, -1)
    counter.set(counter.get() + 1)
  }
  const updatePlain = (key: string | number) => {
    const entry = plain.get(key)
    if (entry === undefined) plain.set(key, { count: 1 })
    else entry.count++
  }
  for (const key of keys) {
    update(key)
    updatePlain(key)
  }
  const rates: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(rate(keys, update))
    rates[1].push(rate(keys, updatePlain))
  }
  return [median(rates[0]), median(rates[1])]
}

function rate(keys: readonly (string | number)[], update: (key: string | number) => void): number {
  const start = threadMs()
  for (let i = 0; i < UPDATES; i++) update(keys[next(keys.length)] as string | number)
  return (UPDATES * 1000) / (threadMs() - start)
}

function stringKeys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `0f8fad5b-d9cb-469f-a165-${1e11 + i}`)
}

function measureUpdates(): Figure[] {
  const bars: Readonly<Record<string, number>> = { 'number-100k': 6e6, 'number-1000k': 1.5e6 }
  const figures: Figure[] = []
  for (const count of [1000, 100_000, MILLION]) {
    const ways = { number: Array.from({ length: count }, (_, i) => i), string: stringKeys(count) }
    for (const [way, keys] of Object.entries(ways)) {
      const name = `${way}-${count / 1000}k`
      const [value, baselineValue] = updateRates(keys)
      const bar = bars[name]
      figures.push({
        name: `state-counter-${name}`,
        value,
        unit: 'updates/s',
        baseline: 'plain-map',
        baselineValue,
        ...(bar === undefined ? {} : { bar, least: true }),
      })
    }
  }
  return figures
}

/** Segments of the snapshots of one backend, and how long the slices took. */
class Snapshots {
  readonly segments = new Map<string, Uint8Array>()
  #sequence = 0

  async take(backend: KeyedStateBackend): Promise<Taken> {
    const naming = { next: () => `segment-${this.#sequence++}` }
    const start = performance.now()
    const snapshot = backend.startSnapshot(1, naming)
    let longestMs = performance.now() - start
    for (let done = false; !done; ) {
      const slice = performance.now()
      done = snapshot.advance(1)
      longestMs = Math.max(longestMs, performance.now() - slice)
    }
    const refs = await snapshot.finish({
      write: async (name, chunks) => {
        this.segments.set(name, Buffer.concat([...chunks]))
      },
    })
    return { refs, longestMs, totalMs: performance.now() - start }
  }
}

interface Taken {
  readonly refs: readonly SegmentRef[]
  readonly longestMs: number
  readonly totalMs: number
}

async function measureSnapshots(): Promise<Figure[]> {
  const backend = open()
  const counter = backend.state(counterState)
  const touch = (count: number) => {
    for (let i = 0; i < count; i++) {
      backend.setKey(next(MILLION), -1)
      counter.set(counter.get() + 1)
    }
  }
  for (let key = 0; key < MILLION; key++) {
    backend.setKey(key, -1)
    counter.set(1)
  }
  const snapshots = new Snapshots()
  const full = await snapshots.take(backend)
  const fullBytes = full.refs[0]?.sizeBytes as number
  touch(MILLION / 100)
  const onePercent = await snapshots.take(backend)
  const tenPercent: Taken[] = []
  for (let round = 0; round < ROUNDS; round++) {
    touch(MILLION / 10)
    tenPercent.push(await snapshots.take(backend))
  }
  const last = tenPercent.at(-1) as Taken
  const deltaBytes = onePercent.refs.at(-1)?.sizeBytes as number
  const ms = (name: string, value: number, bar?: number): Figure => ({
    name,
    value,
    unit: 'ms',
    ...(bar === undefined ? {} : { bar, least: false }),
  })
  return [
    ms('state-snapshot-1000k-full-total', full.totalMs),
    ms('state-snapshot-1000k-full-longest-slice', full.longestMs),
    ms('state-snapshot-1000k-tenth-total', median(tenPercent.map(({ totalMs }) => totalMs))),
    ms(
      'state-snapshot-1000k-tenth-longest-slice',
      median(tenPercent.map(({ longestMs }) => longestMs)),
      5,
    ),
    {
      name: 'state-delta-1-percent',
      value: (deltaBytes / fullBytes) * 100,
      unit: '% of full',
      bar: 3,
      least: false,
    },
    ms('state-restore-1000k', restoreMs(snapshots, last.refs), 1500),
  ]
}

function restoreMs(snapshots: Snapshots, refs: readonly SegmentRef[]): number {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    const backend = open()
    const segments = refs.map((ref) => ({
      ref,
      bytes: snapshots.segments.get(ref.name) as Uint8Array,
    }))
    const start = threadMs()
    backend.restore(segments)
    times.push(threadMs() - start)
    if (backend.size().entries !== MILLION) throw new Error('the restore lost entries')
    backend.close()
  }
  return median(times)
}

/** A million keys, each cut from the text of a batch of its own. */
function measureMemory(): Figure[] {
  const backend = open()
  const counter = backend.state(counterState)
  for (let i = 0; i < MILLION; i++) {
    const batch = `${'x'.repeat(500)}0f8fad5b-d9cb-469f-a165-${1e11 + i}`
    backend.setKey(batch.slice(500), -1)
    counter.set(counter.get() + 1)
  }
  globalThis.gc?.()
  const value = process.memoryUsage().rss / 2 ** 20
  if (backend.size().entries !== MILLION) throw new Error('keys were lost')
  return [{ name: 'state-string-keys-1000k-memory', value, unit: 'MiB', bar: 700, least: false }]
}

function print(figures: readonly Figure[]): void {
  console.log(`heap state backend, seed ${SEED}, median of ${ROUNDS} rounds`)
  for (const { name, value, unit, baseline, baselineValue, bar } of figures) {
    const shown = value >= 1e5 ? `${(value / 1e6).toFixed(2)} M` : value.toFixed(2)
    const peer =
      baselineValue === undefined
        ? ''
        : `  ${((value / baselineValue) * 100).toFixed(0)} % of ${baseline}`
    const wanted = bar === undefined ? '' : `  (bar ${bar >= 1e5 ? `${bar / 1e6} M` : bar})`
    console.log(`${name.padEnd(42)}${shown.padStart(10)} ${unit}${peer}${wanted}`)
  }
}

function printJson(figures: readonly Figure[]): void {
  for (const { least, ...figure } of figures) {
    const { value, baselineValue, bar } = figure
    const met = bar === undefined ? undefined : least === true ? value >= bar : value <= bar
    const ratio =
      baselineValue === undefined ? {} : { ratio: Number((value / baselineValue).toFixed(3)) }
    const line = { ...figure, ...ratio, ...(met === undefined ? {} : { met }) }
    console.log(JSON.stringify({ ...line, seed: SEED, runs: ROUNDS }))
  }
}

const memory = measureMemory()
const figures = [...measureUpdates(), ...(await measureSnapshots()), ...memory]
if (process.argv.includes('--json')) printJson(figures)
else print(figures)
