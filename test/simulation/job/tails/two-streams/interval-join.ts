// Pairs of records that are near each other in event time, and records without partner.

import type { Duration, Stream } from '@sluice/core'
import { asKey, type Item } from '../../item.ts'
import type { IntervalShape, TailShape } from '../shape/tail-shape.ts'
import type { Row, Tail } from '../tail.ts'
import { judgeJoin } from './judge-join.ts'
import { isLeft } from './sides.ts'

export function intervalJoinTail(shape: TailShape): Tail {
  const join = shape.intervalJoin as IntervalShape
  return {
    build({ sides, to }) {
      const [left, right] = sides().map((side) =>
        side.keyBy((item) => asKey(shape.keyKind, item.key)),
      )
      if (left === undefined || right === undefined) return
      const isSymmetric = join.lowerMs === -join.upperMs
      const bounds = isSymmetric
        ? { within: ms(join.upperMs) }
        : { between: [ms(join.lowerMs), ms(join.upperMs)] as const }
      const joined = left.join('interval', right, {
        ...bounds,
        type: join.type,
        ...(join.open === undefined ? {} : { open: join.open }),
        allowedLateness: ms(join.latenessMs),
        select: pairRow,
      })
      const { parallelism } = shape
      to('out', parallelism === undefined ? joined : joined.parallelism(parallelism))
      to('late', lateRows(joined.late))
    },

    judge({ items, rows, rescales }) {
      const belongsLeft = isLeft(shape.sides)
      return judgeJoin({
        type: join.type,
        left: items.filter(belongsLeft),
        right: items.filter((item) => !belongsLeft(item)),
        meetings: (left, right) => (holds(join, right.at - left.at) ? 1 : 0),
        places: () => 1,
        isExact: !rescales,
        latenessMs: join.latenessMs,
        rows: rows('out'),
        late: rows('late'),
      })
    },
  }
}

export function pairRow(left: Item | undefined, right: Item | undefined): Row {
  return { left: left?.id ?? null, right: right?.id ?? null }
}

export function lateRows(late: Stream<Item>): Stream<Row> {
  return late.map(({ id }): Row => ({ id }))
}

function holds({ lowerMs, upperMs, open }: IntervalShape, differenceMs: number): boolean {
  if (differenceMs === lowerMs && (open === 'lower' || open === 'both')) return false
  if (differenceMs === upperMs && (open === 'upper' || open === 'both')) return false
  return differenceMs >= lowerMs && differenceMs <= upperMs
}

function ms(duration: number): Duration {
  return `${duration}ms` as Duration
}
