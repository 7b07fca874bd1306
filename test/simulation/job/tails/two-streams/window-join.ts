// Pairs of records of one window, and records without partner in theirs.

import type { JoinWindow } from '@sluice/core'
import type { Item } from '../../item.ts'
import type { TailShape, WindowJoinShape } from '../shape/tail-shape.ts'
import type { Tail } from '../tail.ts'
import { defineAligned } from '../window/define-window.ts'
import { type Bounds, windowsAt } from '../window/naive-borders.ts'
import { buildJoin, pairRow } from './join-tail.ts'
import { judgeJoin } from './judge-join.ts'
import { isLeft } from './sides.ts'

export function windowJoinTail(shape: TailShape): Tail {
  const join = shape.windowJoin as WindowJoinShape
  return {
    build: buildJoin(shape, (left, right) => {
      const lateness = { allowedLateness: `${join.latenessMs}ms` } as const
      return left.join('same-window', right, {
        window: defineAligned(join.window, lateness) as JoinWindow,
        type: join.type,
        select: pairRow,
      })
    }),

    judge({ items, rows, rescales }) {
      const belongsLeft = isLeft(shape.sides)
      const at = windowsAt(join.window)
      const windows = new Map(items.map((item) => [item, at(item.at)]))
      const windowsOf = (item: Item) => windows.get(item) as readonly Bounds[]
      const overlaps = join.window.kind !== 'tumbling'
      return judgeJoin({
        type: join.type,
        left: items.filter(belongsLeft),
        right: items.filter((item) => !belongsLeft(item)),
        meetings: (left, right) =>
          windowsOf(left).filter(({ start, end }) => right.at >= start && right.at < end).length,
        places: (item) => windowsOf(item).length,
        // Where windows overlap a record may be late for some of them alone.
        isExact: !rescales && !overlaps,
        latenessMs: join.latenessMs,
        rows: rows('out'),
        late: rows('late'),
      })
    },
  }
}
