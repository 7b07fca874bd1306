// Tumbling windows with lateness and the stream of late records. Whatever the watermarks did,
// windows and late stream partition the input, and only a record that was too late may be late.

import { aggregator, count, max, mean, min, type Stream, sum, tumbling } from '@sluice/core'
import { multisetDifferences } from '../../checks/multisets.ts'
import { asKey, fromKey, type Item } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { placeOf } from './row-order.ts'
import { countedItems } from './counting.ts'
import type { Row, Tail, TailBuild } from './tail.ts'

export function windowTail(shape: TailShape): Tail {
  return {
    build: (build) => addWindow(shape, build.stream, build),
    judge: ({ items, rows }) => judgeWindows(shape, items, rows('out'), rows('late')),
  }
}

/** Two shuffles: a counter per key, and windows over what it sends. */
export function countingWindowTail(shape: TailShape): Tail {
  return {
    build: (build) => addWindow(shape, countedItems(shape, build), build),
    judge: ({ items, rows }) => judgeWindows(shape, items, rows('out'), rows('late')),
  }
}

function addWindow(shape: TailShape, stream: Stream<Item>, { to }: TailBuild): void {
  const { sizeMs, offsetMs, latenessMs, keyKind, parallelism } = shape
  const windows = stream
    .keyBy((item) => asKey(keyKind, item.key))
    .window(
      tumbling(`${sizeMs}ms`, { offset: `${offsetMs}ms`, allowedLateness: `${latenessMs}ms` }),
    )
    .aggregate('windows', {
      records: count(),
      total: sum((item: Item) => item.value),
      least: min((item: Item) => item.value),
      most: max((item: Item) => item.value),
      average: mean((item: Item) => item.value),
      ids: aggregator({
        create: (): readonly number[] => [],
        add: (ids, item: Item) => [...ids, item.id],
        result: (ids) => ids,
      }),
    })
  const results = parallelism === undefined ? windows : windows.parallelism(parallelism)
  to(
    'out',
    results.map(({ key, window, value }) => ({
      key: fromKey(keyKind, key),
      ...window,
      ...value,
    })),
  )
  to(
    'late',
    windows.late.map(({ id }): Row => ({ id })),
  )
}

function judgeWindows(
  shape: TailShape,
  items: readonly Item[],
  rows: readonly Row[],
  late: readonly Row[],
): string[] {
  const byId = new Map(items.map((item) => [item.id, item]))
  const lateIds = late.map((row) => row['id'] as number)
  const firings = Map.groupBy(rows, (row) => placeOf(row, 'start'))
  const last = [...firings.values()].map((group) =>
    group.toSorted((a, b) => (a['firing'] as number) - (b['firing'] as number)).at(-1),
  )
  const inWindows = last.flatMap((row) => (row?.['ids'] ?? []) as readonly number[])
  return [
    ...multisetDifferences(
      'windows and late records',
      items.map(({ id }) => String(id)),
      [...inWindows, ...lateIds].map(String),
    ),
    ...lateIds
      .filter((id) => (byId.get(id)?.behindMs ?? 0) <= shape.latenessMs)
      .slice(0, 3)
      .map((id) => `record ${id} is within the bound of its split and was late`),
    ...[...firings].flatMap(([name, group]) => judgeFirings(name, group, byId)),
    ...rows.flatMap((row) => judgeWindow(shape, row, byId)).slice(0, 3),
  ]
}

/** Firings count from 0 without a gap, each with more than the one before. */
function judgeFirings(
  name: string,
  group: readonly Row[],
  byId: ReadonlyMap<number, Item>,
): string[] {
  const inOrder = group.toSorted((a, b) => (a['firing'] as number) - (b['firing'] as number))
  const numbers = inOrder.map((row) => row['firing'])
  const wrong: string[] = []
  if (numbers.some((number, index) => number !== index)) {
    wrong.push(`window ${name} fired as ${numbers.join(', ')}`)
  }
  inOrder.slice(1).forEach((row, index) => {
    const before = inOrder[index]?.['ids'] as readonly number[]
    const added = (row['ids'] as readonly number[]).slice(before.length)
    if (added.length === 0 || added.some((id) => byId.get(id)?.tooLate !== true)) {
      wrong.push(`window ${name} fired again for ${added.join(', ') || 'nothing'}`)
    }
  })
  return wrong
}

/** The aggregates of a window follow from the records that it names. */
function judgeWindow(
  { sizeMs, offsetMs }: TailShape,
  row: Row,
  byId: ReadonlyMap<number, Item>,
): string[] {
  const items = (row['ids'] as readonly number[]).map((id) => byId.get(id)) as readonly Item[]
  const values = items.map((item) => item.value)
  const total = values.reduce((all, value) => all + value, 0)
  const start = row['start'] as number
  const expected = {
    end: start + sizeMs,
    records: items.length,
    total,
    least: Math.min(...values),
    most: Math.max(...values),
    average: total / items.length,
  }
  const isRight =
    Object.entries(expected).every(([field, value]) => row[field] === value) &&
    (((start - offsetMs) % sizeMs) + sizeMs) % sizeMs === 0 &&
    items.every(({ at, key }) => at >= start && at < start + sizeMs && key === row['key'])
  return isRight ? [] : [`the window ${JSON.stringify(row)} does not follow from its records`]
}
