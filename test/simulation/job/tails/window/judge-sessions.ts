// Sessions against those that the event times of the records give. A record that came too late may
// have found its session closed, so sessions with such a record may lie in pieces.

import type { Item } from '../../item.ts'
import type { SessionShape, WindowShape } from '../shape/tail-shape.ts'
import { gapOf } from './define-window.ts'
import { endsWhole } from './judge-firings.ts'
import type { WindowInput, WindowRow } from './window-result.ts'

export function judgeSessions(of: SessionShape, shape: WindowShape, input: WindowInput): string[] {
  const perKey = Map.groupBy(input.items.values(), ({ key }) => (shape.all ? 0 : key))
  const sessions = [...perKey.values()].flatMap((items) => sessionsOf(of, items))
  const sessionOf = new Map(sessions.flatMap((session) => session.map(({ id }) => [id, session])))
  const rowsOf = Map.groupBy(input.rows, ({ ids }) => sessionOf.get(ids[0] as number))
  return [
    ...input.rows.flatMap((row) => judgeBounds(of, shape, row, input.items)),
    ...input.rows
      .filter(({ ids }) => ids.some((id) => sessionOf.get(id) !== sessionOf.get(ids[0] as number)))
      .map((row) => `records of two sessions are in one: ${JSON.stringify(row)}`),
    ...sessions.flatMap((session) =>
      judgeSession(session, shape, rowsOf.get(session) ?? [], input),
    ),
  ]
}

/** Stretches of records, each of which comes before all before it are over. */
function sessionsOf(of: SessionShape, items: readonly Item[]): Item[][] {
  const sessions: Item[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const item of items.toSorted((left, right) => left.at - right.at)) {
    if (item.at < end) sessions.at(-1)?.push(item)
    else sessions.push([item])
    end = Math.max(end, item.at + gapOf(of, item))
  }
  return sessions
}

/** From the first record to the last and its gap; what was given before counts, too. */
function judgeBounds(
  of: SessionShape,
  { discards }: WindowShape,
  row: WindowRow,
  items: ReadonlyMap<number, Item>,
): string[] {
  const named = row.ids.map((id) => items.get(id) as Item)
  const start = Math.min(...named.map(({ at }) => at))
  const end = Math.max(...named.map((item) => item.at + gapOf(of, item)))
  const [foundStart, foundEnd] = [row.start as number, row.end as number]
  const isRight = discards
    ? foundStart <= start && foundEnd >= end
    : foundStart === start && foundEnd === end
  return isRight ? [] : [`the session ${JSON.stringify(row)} is from ${start} to ${end}`]
}

function judgeSession(
  session: readonly Item[],
  shape: WindowShape,
  rows: readonly WindowRow[],
  { late }: WindowInput,
): string[] {
  const [{ at, key } = { at: 0, key: 0 }] = session
  const name = `the session of ${shape.all ? 'all' : key} from ${at}`
  const isWhole = session.every(({ tooLate }) => !tooLate)
  const given = new Map<number, WindowRow>()
  // From the smallest: what has one record of a firing before it, has all of them.
  for (const row of rows.toSorted((left, right) => left.ids.length - right.ids.length)) {
    for (const [before, shared] of Map.groupBy(row.ids, (id) => given.get(id))) {
      if (before === undefined) continue
      if (shape.discards) return [`${name} gave ${shared.slice(0, 3).join()} twice`]
      if (shared.length < before.ids.length) {
        return [`${name} gave ${JSON.stringify(before)} and then only a part: ${row.ids.join()}`]
      }
    }
    for (const id of row.ids) given.set(id, row)
  }
  if (!endsWhole(shape.trigger, isWhole ? session.length : 0)) return []
  const lost = session.filter(({ id }) => !late.has(id) && !given.has(id))
  if (lost.length > 0) return [`${name} lost ${lost.length} records: ${lost[0]?.id}`]
  if (!isWhole) return []
  const firings = new Set(given.values()).size
  if (!shape.discards && firings !== 1) return [`${name} came in ${firings} pieces`]
  return shape.trigger.name === 'at-end' && rows.length !== 1
    ? [`${name} fired ${rows.length} times`]
    : []
}
