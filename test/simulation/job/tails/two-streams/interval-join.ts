// Pairs of records that are near each other in event time, and records without partner.

import type { Duration } from '@sluice/core'
import type { IntervalShape, TailShape } from '../shape/tail-shape.ts'
import type { Tail } from '../tail.ts'
import { buildJoin, pairRow } from './join-tail.ts'
import { judgeJoin } from './judge-join.ts'
import { isLeft } from './sides.ts'

export function intervalJoinTail(shape: TailShape): Tail {
  const join = shape.intervalJoin as IntervalShape
  return {
    build: buildJoin(shape, (left, right) => {
      const isSymmetric = join.lowerMs === -join.upperMs
      const bounds = isSymmetric
        ? { within: ms(join.upperMs) }
        : { between: [ms(join.lowerMs), ms(join.upperMs)] as const }
      return left.join('interval', right, {
        ...bounds,
        type: join.type,
        ...(join.open === undefined ? {} : { open: join.open }),
        allowedLateness: ms(join.latenessMs),
        select: pairRow,
      })
    }),

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

function holds({ lowerMs, upperMs, open }: IntervalShape, differenceMs: number): boolean {
  if (differenceMs === lowerMs && (open === 'lower' || open === 'both')) return false
  if (differenceMs === upperMs && (open === 'upper' || open === 'both')) return false
  return differenceMs >= lowerMs && differenceMs <= upperMs
}

function ms(duration: number): Duration {
  return `${duration}ms` as Duration
}
