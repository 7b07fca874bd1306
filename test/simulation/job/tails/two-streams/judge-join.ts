// What is sure about the rows of a join, whatever came first: pairs and records without partner,
// each so often as it belongs together with another, or with none.

import type { Item } from '../../item.ts'
import type { JoinTypeName } from '../shape/tail-shape.ts'
import type { Row } from '../tail.ts'

export interface JoinCase {
  readonly type: JoinTypeName
  readonly left: readonly Item[]
  readonly right: readonly Item[]
  /** In how many places two records of one key meet: 0 or 1 in an interval, windows otherwise. */
  meetings(left: Item, right: Item): number
  /** In how many places a record waits for a partner. */
  places(item: Item): number
  /** A record that is not late finds all of its partners, also where it was too late. */
  readonly isExact: boolean
  readonly latenessMs: number
  readonly rows: readonly Row[]
  readonly late: readonly Row[]
}

/** Least and most of something. */
type Bounds = [least: number, most: number]

export function judgeJoin(join: JoinCase): string[] {
  const lateIds = join.late.map((row) => row['id'] as number)
  const late = new Set(lateIds)
  const byId = new Map([...join.left, ...join.right].map((item) => [item.id, item]))
  const wrongLate = lateIds.filter((id) => (byId.get(id)?.behindMs ?? 0) <= join.latenessMs)
  const found = countsOf(join.rows)
  const expected = expectedOf(join, late)
  const wrong: string[] = []
  for (const [name, [least, most]] of expected) {
    const count = found.get(name) ?? 0
    if (count < least) wrong.push(`${name} came ${count} times and not ${least}`)
    else if (count > most) wrong.push(`${name} came ${count} times, at most ${most} are right`)
  }
  return [
    ...(late.size === lateIds.length ? [] : ['a record is late twice']),
    ...wrongLate.map((id) => `record ${id} is within the bound of its split and was late`),
    ...[...found.keys()].filter((name) => !expected.has(name)).map((name) => `${name} is no pair`),
    ...wrong,
    ...judgeEither(join, late, found),
  ].slice(0, 10)
}

function nameOf(left: number | null, right: number | null): string {
  return `left ${left ?? 'nobody'} with right ${right ?? 'nobody'}`
}

function countsOf(rows: readonly Row[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const row of rows) {
    const name = nameOf(row['left'] as number | null, row['right'] as number | null)
    found.set(name, (found.get(name) ?? 0) + 1)
  }
  return found
}

function expectedOf(join: JoinCase, late: ReadonlySet<number>): Map<string, Bounds> {
  const { left, right, type, isExact, latenessMs, meetings, places } = join
  const expected = new Map<string, Bounds>()
  const isSure = (item: Item) => item.behindMs <= latenessMs || isExact
  /** Places in which a record meets somebody: surely, and possibly. */
  const met = new Map<Item, Bounds>()
  const rightOf = Map.groupBy(
    right.filter(({ id }) => !late.has(id)),
    ({ key }) => key,
  )
  for (const one of left) {
    if (late.has(one.id)) continue
    for (const other of rightOf.get(one.key) ?? []) {
      const count = meetings(one, other)
      if (count === 0) continue
      const least = isSure(one) && isSure(other) ? count : 0
      expected.set(nameOf(one.id, other.id), [least, count])
      for (const item of [one, other]) {
        const [sure, possible] = met.get(item) ?? [0, 0]
        met.set(item, [Math.max(sure, least), possible + count])
      }
    }
  }
  const alone = (item: Item): Bounds => {
    const [sure, possible] = met.get(item) ?? [0, 0]
    const waits = places(item)
    const least = possible === 0 && item.behindMs <= latenessMs ? waits : 0
    return [least, waits - sure]
  }
  for (const item of type === 'left' || type === 'full' ? left : []) {
    if (!late.has(item.id)) expected.set(nameOf(item.id, null), alone(item))
  }
  for (const item of type === 'right' || type === 'full' ? right : []) {
    if (!late.has(item.id)) expected.set(nameOf(null, item.id), alone(item))
  }
  return expected
}

/** Where a record waits in one place: it has partners, or comes out alone, and never both. */
function judgeEither(
  join: JoinCase,
  late: ReadonlySet<number>,
  found: ReadonlyMap<string, number>,
): string[] {
  const paired = new Set(
    join.rows.flatMap((row) =>
      row['left'] === null || row['right'] === null ? [] : [row['left'], row['right']],
    ),
  )
  const sides = [
    ...(join.type === 'left' || join.type === 'full'
      ? join.left.map((item) => [item, nameOf(item.id, null)] as const)
      : []),
    ...(join.type === 'right' || join.type === 'full'
      ? join.right.map((item) => [item, nameOf(null, item.id)] as const)
      : []),
  ]
  return sides
    .filter(([item]) => join.places(item) === 1 && !late.has(item.id))
    .filter(([item, name]) => paired.has(item.id) === found.has(name))
    .map(([, name]) =>
      found.has(name) ? `${name}, and with a partner too` : `${name} is nowhere, nor any pair`,
    )
}
