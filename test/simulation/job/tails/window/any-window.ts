// Windows of every kind, trigger and computation. Each result names the records that it is made of,
// so all that it says can be compared with them, and they with what belongs into the window.

import {
  aggregator,
  type AllWindowedStream,
  countDistinct,
  type Key,
  type SlidingWindow,
  sum,
  topN,
  type WindowedStream,
  type WindowResults,
} from '@sluice/core'
import { asKey, fromKey } from '../../item.ts'
import type { TailShape, WindowShape } from '../shape/tail-shape.ts'
import type { Row, Tail, TailBuild, TailJudgement } from '../tail.ts'
import { defineWindow } from './define-window.ts'
import { judgeAligned } from './judge-aligned.ts'
import { judgeCounted, judgeGlobal, judgeProcessingTime } from './judge-others.ts'
import { judgeSessions } from './judge-sessions.ts'
import {
  classOf,
  followsFromItsRecords,
  type Gathering,
  type WindowInput,
  type WindowRow,
} from './window-result.ts'

interface Result {
  readonly key?: Key
  readonly window: { readonly start?: number; readonly end?: number; readonly firing: number }
  readonly value: Readonly<Record<string, unknown>>
}

/** The most demanding of the definitions, as far as types go. */
type Windowed = WindowedStream<Gathering, Key, SlidingWindow>

export function anyWindowTail(tail: TailShape): Tail {
  const shape = tail.window as WindowShape
  return {
    build: (build) => buildWindow(tail, shape, build),
    judge: (judgement) => judgeWindow(shape, judgement),
  }
}

function buildWindow(tail: TailShape, shape: WindowShape, { stream, to }: TailBuild): void {
  const definition = defineWindow(shape) as SlidingWindow
  const records = stream.map((item): Gathering => ({ ...item, ids: [item.id], total: item.value }))
  const windowed = shape.all
    ? // What a whole stream gives differs by the key alone, which it lacks.
      (records.windowAll(definition) as AllWindowedStream<Gathering, SlidingWindow> as unknown)
    : records.keyBy((item) => asKey(tail.keyKind, item.key)).window(definition)
  const results = compute(windowed as Windowed, shape)
  const own = tail.parallelism !== undefined && !shape.all
  const placed = own ? results.parallelism(tail.parallelism as number) : results
  to(
    'out',
    placed.map(
      ({ key, window, value: { ids, total, different, dearest } }): Row => ({
        key: key === undefined ? null : fromKey(tail.keyKind, key),
        ...window,
        ids,
        total,
        different,
        dearest,
      }),
    ),
  )
  if (canBeLate(shape)) {
    to(
      'late',
      results.late.map(({ id }): Row => ({ id })),
    )
  }
}

function canBeLate({ of, byProcessingTime }: WindowShape): boolean {
  return of.kind !== 'global' && of.kind !== 'count' && !byProcessingTime
}

function compute(windowed: Windowed, { computes }: WindowShape): WindowResults<Result, Gathering> {
  const ids = aggregator({
    create: (): readonly number[] => [],
    add: (before, item: Gathering) => [...before, item.id],
    merge: (left, right) => [...left, ...right],
    result: (all) => all,
  })
  const total = sum((item: Gathering) => item.value)
  switch (computes) {
    case 'aggregate':
      return windowed.aggregate('windows', { ids, total }) as WindowResults<Result, Gathering>
    case 'distinct':
      return windowed.aggregate('windows', {
        ids,
        total,
        different: countDistinct(classOf),
        dearest: aggregatedValues(),
      }) as WindowResults<Result, Gathering>
    case 'apply':
      return windowed.apply('windows', (all) => ({
        ids: all.map(({ id }) => id),
        total: all.reduce((before, { value }) => before + value, 0),
      })) as WindowResults<Result, Gathering>
    case 'reduce':
      return windowed.reduce('windows', (left, right) => ({
        ...left,
        ids: [...left.ids, ...right.ids],
        total: left.total + right.total,
      })) as unknown as WindowResults<Result, Gathering>
  }
}

/** The two largest values. */
function aggregatedValues() {
  const largest = topN(2, (item: Gathering) => item.value)
  const result = (all: unknown) => largest.result(all).map(({ value }) => value)
  return { ...largest, result }
}

function judgeWindow(shape: WindowShape, judgement: TailJudgement): string[] {
  const { items, rows, rescales, keysInOrder } = judgement
  const written = rows('out')
  const byId = new Map(items.map((item) => [item.id, item]))
  const lateIds = canBeLate(shape) ? rows('late').map((row) => row['id'] as number) : []
  const unfounded = written.filter((row) => !followsFromItsRecords(row, byId))
  if (unfounded.length > 0) {
    return [`a window does not follow from its records: ${JSON.stringify(unfounded[0])}`]
  }
  const input = {
    items: byId,
    rows: written.map(windowRow),
    late: new Set(lateIds),
    rescales,
    keysInOrder: keysInOrder && !shape.all,
  }
  return [...judgeLate(shape, lateIds, input), ...judgeKind(shape, input)].slice(0, 10)
}

function judgeKind(shape: WindowShape, input: WindowInput): string[] {
  const { of } = shape
  if (shape.byProcessingTime) return judgeProcessingTime(input)
  switch (of.kind) {
    case 'global':
      return judgeGlobal(shape, input)
    case 'count':
      return judgeCounted(of, shape, input)
    case 'session':
      return judgeSessions(of, shape, input)
    default:
      return judgeAligned(of, shape, input)
  }
}

/** Only what was too late, by more than is forgiven, may be late: once, and in no window. */
function judgeLate(
  { latenessMs }: WindowShape,
  lateIds: readonly number[],
  { rows, items }: WindowInput,
): string[] {
  const inWindows = new Set(rows.flatMap(({ ids }) => ids))
  return [
    ...(new Set(lateIds).size === lateIds.length ? [] : ['a record is late twice']),
    ...lateIds
      .filter((id) => (items.get(id)?.behindMs ?? 0) <= latenessMs)
      .map((id) => `record ${id} is within the bound of its split and was late`),
    ...lateIds
      .filter((id) => inWindows.has(id))
      .map((id) => `record ${id} was late and is in a window`),
  ]
}

function windowRow(row: Row): WindowRow {
  return {
    key: (row['key'] ?? undefined) as number | undefined,
    start: row['start'] as number | undefined,
    end: row['end'] as number | undefined,
    firing: row['firing'] as number,
    ids: row['ids'] as readonly number[],
  }
}
