// Records joined with the version that was in force at their time. In-time versions are all there
// when a record is joined; one that came too late may count, or not.

import { multisetDifferences } from '../../../checks/multisets.ts'
import type { Item } from '../../item.ts'
import type { TailShape } from '../shape/tail-shape.ts'
import type { Row, Tail } from '../tail.ts'
import { buildJoin, pairRow } from './join-tail.ts'
import { isLeft } from './sides.ts'

export function temporalJoinTail(shape: TailShape): Tail {
  const type = shape.temporalJoin?.type ?? 'inner'
  return {
    build: buildJoin(shape, (left, right) =>
      left.temporalJoin('in-force', right, { type, select: pairRow }),
    ),

    judge({ items, rows }) {
      const belongsLeft = isLeft(shape.sides)
      const byId = new Map(items.map((item) => [item.id, item]))
      const lateIds = rows('late').map((row) => row['id'] as number)
      const late = new Set(lateIds)
      const versions = Map.groupBy(
        items.filter((item) => !belongsLeft(item)),
        ({ key }) => key,
      )
      const records = items.filter((item) => belongsLeft(item) && !late.has(item.id))
      const joined = new Map(rows('out').map((row) => [row['left'] as number, row]))
      // With an inner join a record comes out when a version surely is there.
      const isSure = ({ key, at }: Item) =>
        versions.get(key)?.some((version) => !version.tooLate && version.at <= at) === true
      const expected = records.filter(
        (item) => type === 'left' || isSure(item) || joined.has(item.id),
      )
      return [
        ...lateIds
          .filter((id) => byId.get(id)?.tooLate !== true)
          .map((id) => `record ${id} is within the bound of its split and was late`),
        ...(late.size === lateIds.length ? [] : ['a record is late twice']),
        ...multisetDifferences(
          'joined records',
          expected.map(({ id }) => String(id)),
          rows('out').map((row) => String(row['left'])),
        ),
        ...records.flatMap((item) => {
          const row = joined.get(item.id)
          return row === undefined
            ? []
            : judgeVersion(item, row, versions.get(item.key) ?? [], byId)
        }),
      ].slice(0, 10)
    },
  }
}

function judgeVersion(
  record: Item,
  row: Row,
  versions: readonly Item[],
  byId: ReadonlyMap<number, Item>,
): string[] {
  const newest = Math.max(
    ...versions.filter(({ tooLate, at }) => !tooLate && at <= record.at).map(({ at }) => at),
  )
  if (row['right'] === null) {
    return newest === Number.NEGATIVE_INFINITY
      ? []
      : [`record ${record.id} of ${record.at} found no version, one is of ${newest}`]
  }
  const version = byId.get(row['right'] as number)
  if (version === undefined || !versions.includes(version)) {
    return [`${row['right'] as number} is no version for record ${record.id}`]
  }
  if (version.at <= record.at && version.at >= newest) return []
  return [`record ${record.id} of ${record.at} has the version of ${version.at}, not of ${newest}`]
}
