// A result of a window: the records that it names, and what is computed of them.

import type { Item } from '../../item.ts'
import type { Row } from '../tail.ts'

/** A record on its way into a window, as `reduce` wants it: alone, or several as one. */
export interface Gathering extends Item {
  readonly ids: readonly number[]
  readonly total: number
}

export interface WindowRow {
  /** Undefined of windows over the whole stream. */
  readonly key: number | undefined
  readonly start: number | undefined
  readonly end: number | undefined
  readonly firing: number
  readonly ids: readonly number[]
}

/** What a judge of windows goes by. */
export interface WindowInput {
  /** All that came, late or not, by id. */
  readonly items: ReadonlyMap<number, Item>
  readonly rows: readonly WindowRow[]
  /** What came out as late. */
  readonly late: ReadonlySet<number>
  /** A restart may have taken the watermark back. */
  readonly rescales: boolean
  /** Lanes, and with them keys, arrive in order. */
  readonly keysInOrder: boolean
}

export const classes = 7

/** Whether all else in a row follows from the records that it names. */
export function followsFromItsRecords(row: Row, items: ReadonlyMap<number, Item>): boolean {
  const ids = row['ids'] as readonly number[]
  const named = ids.flatMap((id) => items.get(id) ?? [])
  if (named.length !== ids.length || new Set(ids).size !== ids.length || ids.length === 0) {
    return false
  }
  const values = named.map(({ value }) => value)
  const { different, dearest } = row
  const largest = values.toSorted((left, right) => right - left).slice(0, 2)
  return (
    row['total'] === values.reduce((sum, value) => sum + value, 0) &&
    (row['key'] === null || named.every(({ key }) => key === row['key'])) &&
    (different === undefined || different === new Set(named.map(classOf)).size) &&
    (dearest === undefined || JSON.stringify(dearest) === JSON.stringify(largest))
  )
}

export function classOf({ value }: Item): number {
  return Math.abs(value) % classes
}
