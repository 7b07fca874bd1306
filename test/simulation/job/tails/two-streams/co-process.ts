// Two keyed streams that share the state of a key, among it states that fold what is added. Each
// record is numbered, and at the end each key says what became of both streams.

import { aggregating, counter, type Emit, list, mean, reducing } from '@sluice/core'
import { multisetDifferences } from '../../../checks/multisets.ts'
import { fromKey, type Item } from '../../item.ts'
import { judgeCounts } from '../counting.ts'
import { disorder } from '../row-order.ts'
import type { TailShape } from '../shape/tail-shape.ts'
import type { Row, Tail } from '../tail.ts'
import { keyedSides } from './join-tail.ts'
import { isLeft } from './sides.ts'

const farFutureMs = 8_000_000_000_000_000

export function coProcessTail(shape: TailShape): Tail {
  return {
    build(build) {
      const [left, right] = keyedSides(shape, build)
      const rows = left.connect(right).process('both', {
        state: {
          records: counter(),
          lefts: counter(),
          most: reducing<number>((one, other) => Math.max(one, other)),
          average: aggregating(mean((item: Item) => item.value)),
          last: list<number>(),
        },
        onLeft(item, { state, timers }, emit: Emit<Row>) {
          state.lefts.set(state.lefts.get() + 1)
          state.most.add(item.value)
          state.last.set([item.id])
          timers.atEventTime(farFutureMs)
          const nth = state.records.get() + 1
          state.records.set(nth)
          emit(rowOf(item, nth))
        },
        onRight(item, { state, timers }, emit: Emit<Row>) {
          state.average.add(item)
          timers.atEventTime(farFutureMs)
          const nth = state.records.get() + 1
          state.records.set(nth)
          emit(rowOf(item, nth))
        },
        onTimer(timer, { state }, emit: Emit<Row>) {
          emit({
            final: fromKey(shape.keyKind, timer.key),
            records: state.records.get(),
            lefts: state.lefts.get(),
            most: state.most.get() ?? null,
            average: state.average.get() ?? null,
          })
        },
      })
      build.to('out', shape.parallelism === undefined ? rows : rows.parallelism(shape.parallelism))
    },

    judge({ items, rows, rowsInOrder }) {
      const belongsLeft = isLeft(shape.sides)
      const written = rows('out')
      const numbered = written.filter((row) => row['final'] === undefined)
      const texts = (each: readonly Row[]) => each.map((row) => JSON.stringify(row))
      const finals = [...Map.groupBy(items, ({ key }) => key)].map(([key, ofKey]) =>
        lastWord(key, ofKey, belongsLeft),
      )
      return [
        ...judgeCounts(items, numbered, false),
        ...multisetDifferences(
          'last words',
          texts(finals),
          texts(written.filter((row) => row['final'] !== undefined)),
        ),
        ...(rowsInOrder ? disorder('records', numbered, orderOf(items, belongsLeft)) : []),
      ]
    },
  }
}

/**
 * The order to which a row belongs. It is promised within each of the two streams, not between
 * them, and per key: keys are dealt out to subtasks.
 */
function orderOf(items: readonly Item[], isOfLeft: (item: Item) => boolean): (row: Row) => string {
  const byId = new Map(items.map((item) => [item.id, item]))
  return (row) => {
    const item = byId.get(row['id'] as number)
    const side = item !== undefined && isOfLeft(item) ? 'left' : 'right'
    return `${item?.key}/${item?.lane} ${side}`
  }
}

function lastWord(key: number, items: readonly Item[], isOfLeft: (item: Item) => boolean): Row {
  const valuesOf = (left: boolean) =>
    items.filter((item) => isOfLeft(item) === left).map(({ value }) => value)
  const [lefts, rights] = [valuesOf(true), valuesOf(false)]
  const total = rights.reduce((sum, value) => sum + value, 0)
  return {
    final: key,
    records: items.length,
    lefts: lefts.length,
    most: lefts.length === 0 ? null : Math.max(...lefts),
    average: rights.length === 0 ? null : total / rights.length,
  }
}

function rowOf({ id, key, lane, seq }: Item, nth: number): Row {
  return { id, key, lane, seq, nth }
}
