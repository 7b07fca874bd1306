// What becomes of each step of a checkpoint, by table: a job before, a job now, and the verdicts.

import type { JobGraph, StateDescriptor, Step } from '@sluice/core/internal'
import { describe, expect, test } from 'vitest'
import type { CheckpointEntry } from '../../src/checkpoint/protocol/log/entry.ts'
import { fitRestore, type RestoreFit } from '../../src/restore/restore-fit.ts'
import { type DescribedStep, factsOf, identityOf } from '../../src/restore/step-identity.ts'

const groups = 128

type Operator = NonNullable<Step['operator']>

function step(id: string, kind: Step['kind'], more: Partial<Step> = {}): Step {
  return { id, kind, named: true, inputs: [], outputs: ['main'], ...more }
}

function source(id: string, connector = 'files', more: Partial<Step> = {}): Step {
  const facts = { connector, bounded: true, ordered: 'none', description: {} } as const
  return step(id, 'source', { source: facts, ...more })
}

function sink(id: string, connector = 'files'): Step {
  return step(id, 'sink', { sink: { connector, guarantee: 'exactly-once', description: {} } })
}

function keyed(
  id: string,
  state: readonly StateDescriptor[],
  more: Partial<Step> = {},
  operator: Partial<Operator> = {},
): Step {
  const facts: Operator = {
    type: 'process',
    keyed: true,
    state,
    operatorState: 'none',
    description: {},
    ...operator,
  }
  return step(id, 'operator', { operator: facts, ...more })
}

const value: StateDescriptor = { name: 'last', kind: 'value', namespace: 'none' }
const total: StateDescriptor = { name: 'total', kind: 'counter', namespace: 'none' }
const window = (sizeMs: number) => ({ type: 'window', stateShape: { window: 'tumbling', sizeMs } })

function graph(steps: readonly Step[], maxParallelism = groups): JobGraph {
  return { job: 'shop', maxParallelism, steps }
}

/** A checkpoint of the job: every keyed step holds something unless it is said to be empty. */
function entryOf(before: JobGraph, empty: readonly string[] = []): CheckpointEntry {
  const steps = before.steps.flatMap((each): DescribedStep[] => {
    const hash = identityOf(each, before.maxParallelism)
    if (hash === undefined) return []
    const holds = each.operator?.keyed === true && !empty.includes(each.id)
    const segment = { name: 's', sizeBytes: 100, checksum: '', step: each.id, entries: 3 }
    const range = { first: 0, last: groups - 1 }
    return [
      {
        step: each.id,
        hash,
        facts: factsOf(each),
        parallelism: 1,
        segments: holds ? [{ ...segment, range, kind: 'base' as const }] : [],
        operators: [each.operator?.keyed === false && !empty.includes(each.id) ? ['call'] : []],
        watermarks: [0],
        ...(each.source === undefined
          ? {}
          : { source: { enumerator: undefined, splits: [], finished: false } }),
      },
    ]
  })
  const plan = { hash: '', parallelism: 1, maxParallelism: before.maxParallelism }
  return {
    kind: 'checkpoint',
    job: 'shop',
    checkpoint: 7,
    plan,
    steps,
  } as unknown as CheckpointEntry
}

function fit(
  before: readonly Step[],
  now: readonly Step[],
  empty: readonly string[] = [],
): RestoreFit {
  return fitRestore(graph(now), entryOf(graph(before), empty))
}

/** `total: fits`, `old -> new: renamed`. */
function verdicts({ steps }: RestoreFit): string[] {
  return steps.flatMap(({ step: id, storedAs, fate, states }) => [
    `${storedAs === undefined || storedAs === id ? id : `${storedAs} -> ${id}`}: ${fate}`,
    ...states.map((state) => `  ${state.name}: ${state.fate}`),
  ])
}

describe('steps', () => {
  test('that are the same fit, whatever else has changed', () => {
    const before = [source('orders'), keyed('count', [total]), sink('out')]
    const now = [source('orders'), step('orders/map1', 'map'), ...before.slice(1)]
    expect(verdicts(fit(before, now))).toEqual([
      'orders: fits',
      'count: fits',
      '  total: fits',
      'out: fits',
    ])
  })

  test('that are new start empty and block nothing', () => {
    const result = fit([source('orders')], [source('orders'), keyed('count', [total, value])])
    expect(verdicts(result).slice(1)).toEqual(['count: new', '  total: new', '  last: new'])
    expect([result.differences, result.drops]).toEqual([[], []])
  })

  test('that are renamed take their state along', () => {
    const before = [source('orders'), keyed('count', [total])]
    const now = [
      source('purchases', 'files', { renamedFrom: 'orders' }),
      keyed('tally', [total], { renamedFrom: 'count' }),
    ]
    const result = fit(before, now)
    expect(verdicts(result)).toEqual([
      'orders -> purchases: renamed',
      'count -> tally: renamed',
      '  total: fits',
    ])
    expect([result.differences, result.drops]).toEqual([[], []])
  })

  test('that keep an old renamedFrom go on under their own name once it is stored', () => {
    const tally = keyed('tally', [total], { renamedFrom: 'count' })
    expect(verdicts(fit([tally], [tally]))).toEqual(['tally: fits', '  total: fits'])
  })

  test('that are renamed onto one that is stored too would drop the other', () => {
    const before = [keyed('count', [total]), keyed('tally', [total])]
    const result = fit(before, [keyed('tally', [total], { renamedFrom: 'count' })])
    expect(verdicts(result)).toEqual(['tally: fits', '  total: fits', 'count: dropped'])
    expect(result.drops).toEqual([
      "operator 'count' (process) has no place in the job: step 'tally', which was renamed from " +
        'it, goes on with its own state',
    ])
  })

  test('that were renamed twice need the name that the checkpoint knows', () => {
    const result = fit([keyed('a', [total])], [keyed('c', [total], { renamedFrom: 'b' })])
    expect(verdicts(result)).toEqual(['c: new', '  total: new', 'a: dropped'])
    const mended = fit([keyed('a', [total])], [keyed('c', [total], { renamedFrom: 'a' })])
    expect(verdicts(mended)).toEqual(['a -> c: renamed', '  total: fits'])
  })

  test('that are gone would be dropped: keyed state, positions, records in flight', () => {
    const calls = keyed('geo', [], {}, { type: 'map-async', keyed: false, operatorState: 'split' })
    const result = fit([source('orders'), keyed('count', []), calls, sink('out')], [sink('out')])
    expect(verdicts(result)).toEqual([
      'out: fits',
      'orders: dropped',
      'count: dropped',
      'geo: dropped',
    ])
    expect(result.differences).toEqual([])
    expect(result.drops).toEqual([
      "source 'orders' (files) has no match in the job",
      "operator 'count' (process) has no match in the job",
      "operator 'geo' (map-async) has no match in the job",
    ])
  })

  test('that are gone and held nothing are no loss, sinks neither', () => {
    const calls = keyed('geo', [], {}, { type: 'map-async', keyed: false, operatorState: 'split' })
    const before = [source('orders'), keyed('count', [total]), calls, sink('out')]
    const result = fit(before, [source('orders')], ['count', 'geo'])
    expect(verdicts(result).slice(1)).toEqual(['count: removed', 'geo: removed', 'out: removed'])
    expect([result.differences, result.drops]).toEqual([[], []])
  })

  test('that keep nothing any more lose what they held', () => {
    const now = step('count', 'split')
    expect(verdicts(fit([keyed('count', [total])], [now]))).toEqual(['count: dropped'])
  })
})

describe('states of a step', () => {
  test('may come, and would be dropped where they are gone', () => {
    const result = fit([keyed('count', [total])], [keyed('count', [value])])
    expect(verdicts(result)).toEqual(['count: fits', '  last: new', '  total: dropped'])
    expect(result.drops).toEqual(["step 'count' no longer has the state 'total' (counter)"])
    expect(result.differences).toEqual([])
  })

  test('may be given a life time, and have it taken away', () => {
    const aged = { ...total, ttlMs: 1000, ttlClock: 'processing' } as const
    for (const [before, now] of [
      [total, aged],
      [aged, total],
    ] as const) {
      const result = fit([keyed('count', [before])], [keyed('count', [now])])
      expect([result.differences, result.drops]).toEqual([[], []])
    }
  })
})

const table: readonly [string, Step, Step, string][] = [
  [
    'another kind of source',
    source('orders'),
    source('orders', 'kafka'),
    "source 'orders' (files) does not fit step 'orders': it was source of type files and is " +
      'source of type kafka',
  ],
  [
    'another operator',
    keyed('count', [total]),
    keyed('count', [total], {}, window(60_000)),
    "operator 'count' (process) does not fit step 'count': it was operator of type process and " +
      'is operator of type window',
  ],
  [
    'another kind of state',
    keyed('count', [total]),
    keyed('count', [{ ...total, kind: 'value' }]),
    "operator 'count' (process) does not fit step 'count': its state 'total' was counter per key " +
      'and is value per key; give it another name',
  ],
  [
    'another clock',
    keyed('count', [{ ...total, ttlMs: 1, ttlClock: 'event' }]),
    keyed('count', [{ ...total, ttlMs: 1, ttlClock: 'processing' }]),
    "operator 'count' (process) does not fit step 'count': its state 'total' aged by event time " +
      'and now ages by processing time',
  ],
  [
    'another window',
    keyed('count', [value], {}, window(60_000)),
    keyed('count', [value], {}, window(3_600_000)),
    "operator 'count' (window) does not fit step 'count': its sizeMs was 60000 and is 3600000",
  ],
]

describe('what was stored cannot be read by', () => {
  test.each(table)('%s, whatever the operator agrees to', (_, before, now, difference) => {
    const result = fit([before], [now])
    expect(result.differences).toEqual([difference])
    expect(result.drops).toEqual([])
  })

  test('another operator of that name is no matter where nothing was stored', () => {
    const now = keyed('count', [total], {}, window(60_000))
    const result = fit([keyed('count', [total])], [now], ['count'])
    expect(verdicts(result)).toEqual(['count: new', '  total: new'])
  })

  test('another maxParallelism, and then nothing else is said', () => {
    const before = graph([keyed('count', [total])])
    const result = fitRestore(graph([], 64), entryOf(before))
    expect(result.differences).toEqual([
      'maxParallelism was 128 and is 64; it is fixed for the life of the state, so set it back',
    ])
    expect([result.steps, result.drops]).toEqual([[], []])
  })

  test('entries of the first engines are judged by their hash', () => {
    const before = graph([keyed('count', [total])])
    const entry = entryOf(before)
    const [stored] = entry.steps as readonly DescribedStep[]
    const { kind, operator, state } = factsOf(before.steps[0] as Step)
    const facts = {
      kind,
      operator,
      state: state.map((each) => ({ name: each.name, kind: each.kind })),
    }
    const old = { ...entry, steps: [{ ...stored, facts }] } as unknown as CheckpointEntry
    expect(fitRestore(before, old).differences).toEqual([])
    const now = graph([keyed('count', [total, value])])
    expect(fitRestore(now, old).differences).toEqual([
      "operator 'count' (process) does not fit step 'count': its state was total: counter and is " +
        'total: counter, last: value',
    ])
  })
})
