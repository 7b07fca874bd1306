// Windows written by hand: sums per key and bucket of time, which a timer sends when the bucket is
// over. Without records that are too late each bucket is sent exactly once.

import { type Emit, map, value } from '@sluice/core'
import { multisetDifferences } from '../../checks/multisets.ts'
import { asKey, fromKey, type Item } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { placeOf } from './row-order.ts'
import type { Row, Tail } from './tail.ts'
import { checkWatermark } from './watermark-probe.ts'

interface Sums {
  readonly records: number
  readonly total: number
}

export function bucketsTail(shape: TailShape): Tail {
  const { sizeMs, keyKind } = shape
  const bucketOf = ({ at }: Item) => Math.floor(at / sizeMs)
  return {
    build({ stream, probe, sameParallelism, to }) {
      const rows = stream
        .keyBy((item) => asKey(keyKind, item.key))
        .process('buckets', {
          state: { sums: map<number, Sums>(), seen: value<number>() },
          onRecord(item, { state, timers, watermark }, _emit: Emit<Row>) {
            checkWatermark(watermark, state.seen, sameParallelism, probe)
            const bucket = bucketOf(item)
            const sums = state.sums.get(bucket) ?? { records: 0, total: 0 }
            const next = { records: sums.records + 1, total: sums.total + item.value }
            state.sums.set(bucket, next)
            timers.atEventTime((bucket + 1) * sizeMs - 1)
          },
          onTimer(timer, { state, watermark }, emit: Emit<Row>) {
            checkWatermark(watermark, state.seen, sameParallelism, probe)
            if (watermark < timer.at) probe.violation(`a timer of ${timer.at} fired too early`)
            const bucket = (timer.at + 1) / sizeMs - 1
            const sums = state.sums.get(bucket)
            if (sums === undefined) return probe.violation(`no bucket for the timer ${timer.at}`)
            state.sums.delete(bucket)
            emit({ key: fromKey(keyKind, timer.key), bucket, ...sums })
          },
        })
      to('out', shape.parallelism === undefined ? rows : rows.parallelism(shape.parallelism))
    },

    judge({ items, rows }) {
      const nameOf = (item: Item) => `${item.key}/${bucketOf(item)}`
      const late = new Set(items.filter(({ tooLate }) => tooLate).map(nameOf))
      const expected = Map.groupBy(items, nameOf)
      const found = Map.groupBy(rows('out'), (row) => placeOf(row, 'bucket'))
      const sumsOf = [...expected].map(([name, group]) => {
        const total = group.reduce((sum, item) => sum + item.value, 0)
        return `${name}: ${group.length} records, ${total}`
      })
      const foundSums = [...found].map(([name, group]) => {
        const sum = (field: string) => group.reduce((all, row) => all + (row[field] as number), 0)
        return `${name}: ${sum('records')} records, ${sum('total')}`
      })
      const often = [...found].filter(([name, group]) => group.length > 1 && !late.has(name))
      return [
        ...multisetDifferences('buckets', sumsOf, foundSums),
        ...often
          .slice(0, 3)
          .map(([name, group]) => `bucket ${name} was sent ${group.length} times`),
      ]
    },
  }
}
