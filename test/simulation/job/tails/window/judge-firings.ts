// What is sure about the firings of one window, by its trigger, whatever the interleaving.

import type { TriggerShape, WindowShape } from '../shape/tail-shape.ts'
import type { WindowRow } from './window-result.ts'

/** Whether a window with so many records gives what it holds at its end. */
export function endsWhole({ name, records }: TriggerShape, count: number): boolean {
  if (name === 'count' || name === 'event') return false
  return name === 'count-and-end' ? count >= records : true
}

/**
 * The firings of a window of which no record was too late: it fires while it grows and at its end,
 * and never again.
 */
export function judgeFirings(
  name: string,
  shape: WindowShape,
  ids: readonly number[],
  firings: readonly WindowRow[],
): string[] {
  const rows = firings.toSorted((left, right) => left.firing - right.firing)
  if (rows.some((row, index) => row.firing !== index)) {
    return [`${name} fired as ${rows.map(({ firing }) => firing).join(', ')}`]
  }
  const expected = numbersOfRecords(shape, ids.length)
  const found = rows.map((row) => row.ids.length)
  if (expected !== undefined && String(expected) !== String(found)) {
    return [`${name} fired with ${found.join(', ')} records and not ${expected.join(', ')}`]
  }
  return [...judgeContents(name, shape, rows), ...judgeWhole(name, shape, ids, rows)]
}

/** Each firing has all of the one before, or nothing of it. */
export function judgeContents(
  name: string,
  { discards }: WindowShape,
  rows: readonly WindowRow[],
): string[] {
  const seen = new Set<number>()
  for (const { ids, firing } of rows) {
    const again = ids.filter((id) => seen.has(id)).length
    if (again !== (discards ? 0 : seen.size)) {
      return [`firing ${firing} of ${name} has ${again} of the ${seen.size} records before it`]
    }
    for (const id of ids) seen.add(id)
  }
  return []
}

function judgeWhole(
  name: string,
  { trigger, discards }: WindowShape,
  ids: readonly number[],
  rows: readonly WindowRow[],
): string[] {
  if (!endsWhole(trigger, ids.length)) return []
  const given = new Set(discards ? rows.flatMap((row) => row.ids) : rows.at(-1)?.ids)
  const lost = ids.filter((id) => !given.has(id))
  return lost.length === 0
    ? []
    : [`${name} lost ${lost.length} records: ${lost.slice(0, 3).join()}`]
}

/** Of each firing, where the trigger alone decides. */
function numbersOfRecords(
  { trigger: { name, records }, discards }: WindowShape,
  count: number,
): readonly number[] | undefined {
  const full = Array.from({ length: Math.floor(count / records) }, (_, index) =>
    discards ? records : (index + 1) * records,
  )
  switch (name) {
    case 'at-end':
      return [count]
    case 'count-and-end':
      return count >= records ? [count] : []
    case 'count':
      return full
    case 'count-or-end': {
      const rest = discards ? count % records : count
      return rest === 0 ? full : [...full, rest]
    }
    default:
      return undefined
  }
}
