// Nothing but a sink, or two behind a split: each record once, each lane in its order.

import { multisetDifferences } from '../../checks/multisets.ts'
import type { Item } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { disorder } from './row-order.ts'
import type { Row, Tail } from './tail.ts'

export function plainTail(shape: TailShape): Tail {
  const sinks = shape.splits ? ['out', 'others'] : ['out']
  const isMain = (item: Item) => !shape.splits || item.value % 2 === 0
  return {
    build({ stream, to }) {
      if (!shape.splits) {
        to('out', stream.map(rowOf))
        return
      }
      const { even, odd } = stream.split('parity', {
        even: (item) => item.value % 2 === 0,
        odd: 'rest',
      })
      to('out', even.map(rowOf))
      to('others', odd.map(rowOf))
    },

    judge({ items, rows, rowsInOrder }) {
      return sinks.flatMap((sink) => {
        const expected = items.filter((item) => isMain(item) === (sink === 'out'))
        const texts = (each: readonly Row[]) => each.map((row) => JSON.stringify(row))
        return [
          ...multisetDifferences(sink, texts(expected.map(rowOf)), texts(rows(sink))),
          ...(rowsInOrder ? disorder(sink, rows(sink), (row) => String(row['lane'])) : []),
        ]
      })
    },
  }
}

function rowOf({ id, lane, seq, value }: Item): Row {
  return { id, lane, seq, value }
}
