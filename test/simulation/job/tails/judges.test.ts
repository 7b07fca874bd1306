// The naive evaluations themselves: rows that are right pass, and each way to be wrong is found. A
// check that cannot fail proves nothing.

import { describe, expect, test } from 'vitest'
import type { Item } from '../item.ts'
import type { AlignedShape, TailShape, WindowShape } from './shape/tail-shape.ts'
import { tailOf } from './tail-of.ts'
import type { Row, TailJudgement } from './tail.ts'
import { windowsAt } from './window/naive-borders.ts'

const base: TailShape = {
  kind: 'window',
  keyKind: 'number',
  sizeMs: 1000,
  offsetMs: 0,
  latenessMs: 0,
  delayMs: 0,
  parallelism: undefined,
  splits: false,
  sides: 'records',
  window: undefined,
  intervalJoin: undefined,
  windowJoin: undefined,
  temporalJoin: undefined,
  deduplication: undefined,
  ttl: undefined,
  rulesMeetKeys: true,
}

/** Ids are multiples of 64; of three in a row the first belongs right, the others left. */
function item(nth: number, at: number, others: Partial<Item> = {}): Item {
  return {
    id: 64 * nth,
    key: 1,
    at,
    lane: 'a',
    seq: nth,
    value: 5,
    tooLate: false,
    behindMs: 0,
    ...others,
  }
}

function judge(
  shape: Partial<TailShape>,
  items: readonly Item[],
  rows: Record<string, Row[]>,
  others: Partial<TailJudgement> = {},
): string[] {
  return tailOf({ ...base, ...shape }).judge({
    items,
    rows: (sink) => rows[sink] ?? [],
    rowsInOrder: true,
    keysInOrder: true,
    rescales: false,
    ...others,
  })
}

describe('tumbling windows and counts', () => {
  const items = [item(0, 0), item(1, 100), item(2, 200, { tooLate: true, behindMs: 9 })]
  const result = (ids: readonly number[], firing = 0): Row => {
    const sums = { records: ids.length, total: 5 * ids.length, least: 5, most: 5, average: 5 }
    return { key: 1, start: 0, end: 1000, firing, ...sums, ids }
  }
  const counted = (...numbers: number[]) =>
    numbers.map((nth) => ({ id: 64 * (nth - 1), key: 1, lane: 'a', seq: nth - 1, nth }))

  test('that are right pass', () => {
    expect(judge({}, items, { out: [result([0, 64])], late: [{ id: 128 }] })).toEqual([])
    expect(judge({}, items, { out: [result([0, 64]), result([0, 64, 128], 1)] })).toEqual([])
    expect(judge({ kind: 'counting' }, items, { out: counted(1, 2, 3) })).toEqual([])
  })

  test('that are lost, doubled or out of order are found', () => {
    expect(judge({}, items, { out: [result([0, 64])] })[0]).toContain('lost 1: 128')
    const rows = [...counted(1, 2, 3), ...counted(2)]
    expect(judge({ kind: 'counting' }, items, { out: rows })[0]).toContain('doubled')
    expect(judge({ kind: 'counting' }, items, { out: counted(2, 1, 3) })).toContainEqual(
      'records: out of order in 1/a: 0 after 1',
    )
  })

  test('that are late within the bound are found', () => {
    const wrong = judge({}, items, { out: [result([0, 128])], late: [{ id: 64 }] })
    expect(wrong).toEqual(['record 64 is within the bound of its split and was late'])
  })

  test('of a window that fires again for what came in time are found', () => {
    const rows = { out: [result([0]), result([0, 64], 1)], late: [{ id: 128 }] }
    expect(judge({}, items, rows)).toEqual(['window 1/0 fired again for 64'])
  })

  test('of a window whose sums do not follow from its records are found', () => {
    const rows = { out: [{ ...result([0, 64]), total: 11 }], late: [{ id: 128 }] }
    expect(judge({}, items, rows)[0]).toContain('does not follow from its records')
  })
})

function windowed(window: Partial<WindowShape>): Partial<TailShape> {
  return {
    kind: 'any-window',
    window: {
      of: { kind: 'tumbling', sizeMs: 1000, everyMs: 1000, offsetMs: 0, timeZone: undefined },
      trigger: { name: 'at-end', records: 2, intervalMs: 100 },
      discards: false,
      latenessMs: 0,
      byProcessingTime: false,
      computes: 'aggregate',
      all: false,
      ...window,
    },
  }
}

function firing(start: number, end: number, nth: number, ids: readonly number[]): Row {
  return { key: 1, start, end, firing: nth, ids, total: 5 * ids.length }
}

const sliding: AlignedShape = {
  kind: 'sliding',
  sizeMs: 1000,
  everyMs: 500,
  offsetMs: 0,
  timeZone: undefined,
}

describe('windows of any kind', () => {
  const items = [item(0, 600), item(1, 1100), item(2, 1200)]
  const right = [
    firing(0, 1000, 0, [0]),
    firing(500, 1500, 0, [64, 0, 128]),
    firing(1000, 2000, 0, [64, 128]),
  ]

  test('that slide must hold each record in each of its windows', () => {
    const shape = windowed({ of: sliding })
    expect(judge(shape, items, { out: right })).toEqual([])
    expect(judge(shape, items, { out: right.slice(1) })).toHaveLength(1)
    const short = [right[0], firing(500, 1500, 0, [0, 64]), right[2]] as Row[]
    expect(judge(shape, items, { out: short })[0]).toContain('with 2 records and not 3')
    const twice = [...right, firing(0, 1000, 1, [0])]
    expect(judge(shape, items, { out: twice })[0]).toContain('with 1, 1 records and not 1')
    const moved = [...right, firing(250, 1250, 0, [0])]
    expect(judge(shape, items, { out: moved })[0]).toContain('there is no window 1/250/1250')
  })

  test('whose sums do not follow from their records are found', () => {
    const shape = windowed({ of: sliding })
    const wrong = [{ ...(right[0] as Row), total: 6 }, ...right.slice(1)]
    expect(judge(shape, items, { out: wrong })[0]).toContain('does not follow')
  })

  test('that fire as they grow must keep what they gave, or never give it again', () => {
    const trigger = { name: 'count-or-end', records: 2, intervalMs: 0 } as const
    const growing = windowed({ trigger })
    const ofOne = [item(0, 1), item(1, 2), item(2, 3)]
    const grown = [firing(0, 1000, 0, [0, 64]), firing(0, 1000, 1, [0, 64, 128])]
    const parts = [firing(0, 1000, 0, [0, 64]), firing(0, 1000, 1, [128])]
    expect(judge(growing, ofOne, { out: grown })).toEqual([])
    expect(judge(growing, ofOne, { out: parts })).toHaveLength(1)
    const discarding = windowed({ trigger, discards: true })
    expect(judge(discarding, ofOne, { out: parts })).toEqual([])
    expect(judge(discarding, ofOne, { out: grown })).toHaveLength(1)
  })

  test('must not be late for what came in time', () => {
    const rows = { out: [firing(0, 1000, 0, [0])], late: [{ id: 64 }] }
    const wrong = judge(windowed({}), [item(0, 1), item(1, 2)], rows)
    expect(wrong[0]).toBe('record 64 is within the bound of its split and was late')
  })
})

describe('sessions', () => {
  const shape = windowed({ of: { kind: 'session', gapMs: 100, otherGapMs: undefined } })
  const items = [item(0, 0), item(1, 90), item(2, 190)]

  test('end exactly a gap after their last record', () => {
    const out = [firing(0, 190, 0, [0, 64]), firing(190, 290, 0, [128])]
    expect(judge(shape, items, { out })).toEqual([])
  })

  test('in pieces, too long or lost are found', () => {
    const pieces = [firing(0, 100, 0, [0]), firing(90, 190, 0, [64]), firing(190, 290, 0, [128])]
    expect(judge(shape, items, { out: pieces })[0]).toContain('came in 2 pieces')
    const one = [firing(0, 290, 0, [0, 64, 128])]
    expect(judge(shape, items, { out: one })[0]).toContain('records of two sessions are in one')
    expect(judge(shape, items, { out: [firing(0, 190, 0, [0, 64])] })[0]).toContain('lost 1')
    const long = [firing(0, 200, 0, [0, 64]), firing(190, 290, 0, [128])]
    expect(judge(shape, items, { out: long })[0]).toContain('is from 0 to 190')
  })
})

describe('joins', () => {
  const items = [item(0, 1000), item(1, 1010), item(2, 1500)]
  const shape: Partial<TailShape> = {
    kind: 'interval-join',
    intervalJoin: { type: 'left', lowerMs: -50, upperMs: 50, open: undefined, latenessMs: 0 },
  }
  const right = [
    { left: 64, right: 0 },
    { left: 128, right: null },
  ]

  test('give each pair and each record without partner once', () => {
    expect(judge(shape, items, { out: right })).toEqual([])
    expect(judge(shape, items, { out: right.slice(1) })[0]).toContain('came 0 times and not 1')
    expect(judge(shape, items, { out: right.slice(0, 1) })[0]).toContain('came 0 times and not 1')
    expect(judge(shape, items, { out: [...right, ...right] })[0]).toContain('at most 1')
    const foreign = [...right, { left: 128, right: 0 }]
    expect(judge(shape, items, { out: foreign })[0]).toContain('is no pair')
    const both = [...right, { left: 64, right: null }]
    expect(judge(shape, items, { out: both })[0]).toContain('came 1 times, at most 0 are right')
  })

  test('in windows give each pair once for each window', () => {
    const inWindows: Partial<TailShape> = {
      kind: 'window-join',
      windowJoin: { type: 'inner', window: sliding, latenessMs: 0 },
    }
    const pair = { left: 64, right: 0 }
    const second = { left: 128, right: 0 }
    expect(judge(inWindows, items, { out: [pair, pair, second] })).toEqual([])
    const near = [item(0, 1000), item(1, 1010), item(2, 1400)]
    expect(judge(inWindows, near, { out: [pair, pair, second, second] })).toEqual([])
    expect(judge(inWindows, near, { out: [pair, second, second] })[0]).toContain(
      'came 1 times and not 2',
    )
  })

  test('with versions take the newest that was in force', () => {
    const versions: Partial<TailShape> = { kind: 'temporal-join', temporalJoin: { type: 'inner' } }
    const all = [item(0, 1000), item(3, 1100), item(4, 1150)]
    expect(judge(versions, all, { out: [{ left: 256, right: 192 }] })).toEqual([])
    expect(judge(versions, all, { out: [{ left: 256, right: 0 }] })[0]).toContain('not of 1100')
    expect(judge(versions, all, { out: [] })[0]).toContain('lost 1')
  })
})

describe('duplicates', () => {
  const shape: Partial<TailShape> = {
    kind: 'deduplication',
    deduplication: { ttlMs: 100, clock: 'event' },
  }
  const items = [item(0, 0), item(1, 50), item(2, 100)]

  test.each([true, false])('are found again when their time is over (in order: %s)', (inOrder) => {
    const rows = (...ids: number[]) => ({ out: ids.map((id) => ({ id })) })
    const wrong = (...ids: number[]) => judge(shape, items, rows(...ids), { keysInOrder: inOrder })
    expect(wrong(0, 128)).toEqual([])
    expect(wrong(0)).toHaveLength(1)
    expect(wrong(0, 64)).not.toEqual([])
    expect(wrong(0, 64, 128)).not.toEqual([])
  })
})

describe('broadcast rules', () => {
  const shape: Partial<TailShape> = { kind: 'broadcast-rules' }
  const items = [item(0, 0), item(1, 1), item(2, 2)]
  const final = { final: 1, rules: 1, order: 7, sums: [0, 5, 0, 0, 0] }

  test('must be the same everywhere, and all there at the end', () => {
    const out = [{ id: 64, rules: 0, order: 0 }, { id: 128, rules: 1, order: 7 }, final]
    expect(judge(shape, items, { out })).toEqual([])
    const other = [{ id: 64, rules: 1, order: 8 }, ...out.slice(1)]
    expect(judge(shape, items, { out: other })).toEqual([
      'two subtasks know 1 rules, and not the same',
    ])
    const fewer = [...out.slice(0, 2), { ...final, sums: [0, 0, 0, 0, 0] }]
    expect(judge(shape, items, { out: fewer })[0]).toContain('rules at the end: lost 1')
  })
})

describe('borders in a time zone', () => {
  const days = windowsAt({
    kind: 'tumbling',
    sizeMs: 86_400_000,
    everyMs: 86_400_000,
    offsetMs: 0,
    timeZone: 'Europe/Rome',
  })
  const hoursOf = (instant: number) =>
    days(instant).map(({ start, end }) => (end - start) / 3_600_000)

  test('follow the clocks when they change', () => {
    expect(hoursOf(Date.UTC(2023, 9, 28, 12))).toEqual([24])
    expect(hoursOf(Date.UTC(2023, 9, 29, 0, 30))).toEqual([25])
    expect(hoursOf(Date.UTC(2023, 9, 29, 22, 59))).toEqual([25])
    expect(hoursOf(Date.UTC(2024, 2, 31, 12))).toEqual([23])
  })
})
