// A shuffle and a counter per key: each record once, and each number of a key once.

import { counter, type Emit, type Stream, value } from '@sluice/core'
import { multisetDifferences } from '../../checks/multisets.ts'
import { asKey, type Item } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { disorder, placeOf } from './row-order.ts'
import type { Row, Tail, TailBuild } from './tail.ts'
import { checkWatermark } from './watermark-probe.ts'

export interface CountedItem extends Item {
  readonly nth: number
}

export function countingTail(shape: TailShape): Tail {
  return {
    build(build) {
      build.to('out', countedItems(shape, build).map(rowOf))
    },

    judge({ items, rows, rowsInOrder }) {
      return judgeCounts(items, rows('out'), rowsInOrder)
    },
  }
}

export function countedItems(
  shape: TailShape,
  { stream, probe, sameParallelism }: TailBuild,
): Stream<CountedItem> {
  const counted = stream
    .keyBy((item) => asKey(shape.keyKind, item.key))
    .process('count', {
      state: { records: counter(), seen: value<number>() },
      onRecord(item, { state, watermark }, emit: Emit<CountedItem>) {
        checkWatermark(watermark, state.seen, sameParallelism, probe)
        const nth = state.records.get() + 1
        state.records.set(nth)
        emit({ ...item, nth })
      },
    })
  return shape.parallelism === undefined ? counted : counted.parallelism(shape.parallelism)
}

export function judgeCounts(
  items: readonly Item[],
  rows: readonly Row[],
  rowsInOrder: boolean,
): string[] {
  const perKey = Map.groupBy(items, ({ key }) => key)
  const numbers = [...perKey].flatMap(([key, group]) => group.map((_, at) => `${key}#${at + 1}`))
  return [
    ...multisetDifferences(
      'records',
      items.map(({ id }) => String(id)),
      rows.map((row) => String(row['id'])),
    ),
    ...multisetDifferences(
      'counts',
      numbers,
      rows.map((row) => `${String(row['key'])}#${String(row['nth'])}`),
    ),
    ...(rowsInOrder ? disorder('records', rows, (row) => placeOf(row, 'lane')) : []),
  ]
}

function rowOf({ id, key, lane, seq, nth }: CountedItem): Row {
  return { id, key, lane, seq, nth }
}
