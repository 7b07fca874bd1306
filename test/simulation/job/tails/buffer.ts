// Records wait in a list until a timer of the processing time sends them; what is left at the end a
// timer of the event time sends, which the last watermark fires. Each record is sent exactly once.

import { counter, type Emit, list } from '@sluice/core'
import { multisetDifferences } from '../../checks/multisets.ts'
import { asKey } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { disorder } from './row-order.ts'
import type { Row, Tail } from './tail.ts'

const farFutureMs = 8_000_000_000_000_000

interface Waiting {
  readonly id: number
  readonly lane: string
  readonly seq: number
}

export function bufferTail(shape: TailShape): Tail {
  const { keyKind, delayMs } = shape
  return {
    build({ stream, probe, to }) {
      const rows = stream
        .keyBy((item) => asKey(keyKind, item.key))
        .process('buffer', {
          state: { waiting: list<Waiting>(), dueMs: counter() },
          onRecord({ id, lane, seq }, { state, timers, processingTime }, _emit: Emit<Row>) {
            state.waiting.push({ id, lane, seq })
            timers.atEventTime(farFutureMs)
            if (state.dueMs.get() !== 0) return
            state.dueMs.set(processingTime + delayMs)
            timers.atProcessingTime(processingTime + delayMs)
          },
          onProcessingTimer(timer, { state, processingTime }, emit: Emit<Row>) {
            if (processingTime < timer.at) probe.violation(`a timer of ${timer.at} fired early`)
            if (state.dueMs.get() !== timer.at) probe.violation(`nobody set the timer ${timer.at}`)
            for (const waiting of state.waiting) emit({ ...waiting })
            state.waiting.clear()
            state.dueMs.clear()
          },
          onTimer(_timer, { state }, emit: Emit<Row>) {
            for (const waiting of state.waiting) emit({ ...waiting })
            state.waiting.clear()
          },
        })
      to('out', shape.parallelism === undefined ? rows : rows.parallelism(shape.parallelism))
    },

    judge({ items, rows, rowsInOrder, keysInOrder }) {
      const written = rows('out')
      const keys = new Map(items.map(({ id, key }) => [id, key]))
      return [
        ...multisetDifferences(
          'records',
          items.map(({ id }) => String(id)),
          written.map((row) => String(row['id'])),
        ),
        ...(rowsInOrder && keysInOrder
          ? disorder('records', written, (row) => `key ${keys.get(row['id'] as number)}`)
          : []),
      ]
    },
  }
}
