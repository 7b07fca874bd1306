// All four kinds of state. Where the order per key is known, each row is known exactly.

import { counter, type Emit, list, map, value } from '@sluice/core'
import { multisetDifferences } from '../../checks/multisets.ts'
import { asKey, type Item } from '../item.ts'
import type { TailShape } from './shape/tail-shape.ts'
import { judgeCounts } from './counting.ts'
import type { Row, Tail } from './tail.ts'
import { checkWatermark } from './watermark-probe.ts'

const remembered = 3
const classes = 4
/** A key forgets everything with every record of this number. */
const forgetsEvery = 50

export function statesTail(shape: TailShape): Tail {
  return {
    build({ stream, probe, sameParallelism, to }) {
      const rows = stream
        .keyBy((item) => asKey(shape.keyKind, item.key))
        .process('states', {
          state: {
            nth: counter(),
            previous: value<number>(),
            recent: list<number>(),
            perClass: map<string, number>(),
            seen: value<number>(),
          },
          onRecord(item, { state, watermark }, emit: Emit<Row>) {
            checkWatermark(watermark, state.seen, sameParallelism, probe)
            const { nth, previous, recent, perClass } = state
            nth.set(nth.get() + 1)
            const itsClass = classOf(item)
            perClass.set(itsClass, (perClass.get(itsClass) ?? 0) + 1)
            if (recent.length >= remembered) recent.set([...recent].slice(1 - remembered))
            recent.push(item.id)
            emit({
              ...rowOf(item, nth.get()),
              previous: previous.get() ?? null,
              recent: [...recent],
              perClass: Object.fromEntries([...perClass].toSorted(byName)),
            })
            previous.set(item.id)
            if (nth.get() % forgetsEvery !== 0) return
            previous.clear()
            recent.clear()
            if (nth.get() % (2 * forgetsEvery) === 0) perClass.clear()
            else perClass.delete(itsClass)
          },
        })
      to('out', shape.parallelism === undefined ? rows : rows.parallelism(shape.parallelism))
    },

    judge({ items, rows, rowsInOrder, keysInOrder }) {
      const written = rows('out')
      const counts = judgeCounts(items, written, rowsInOrder)
      if (!keysInOrder || counts.length > 0) return counts
      const expected = [...Map.groupBy(items, ({ key }) => key).values()].flatMap(evaluateKey)
      const texts = (each: readonly Row[]) => each.map((row) => JSON.stringify(row))
      return multisetDifferences('rows with state', texts(expected), texts(written))
    },
  }
}

/** The rows of one key whose records come in this order. */
function evaluateKey(items: readonly Item[]): Row[] {
  let previous: number | null = null
  let recent: number[] = []
  let perClass: Record<string, number> = {}
  return items.map((item, index) => {
    const nth = index + 1
    const itsClass = classOf(item)
    perClass = { ...perClass, [itsClass]: (perClass[itsClass] ?? 0) + 1 }
    recent = [...recent, item.id].slice(-remembered)
    const sorted = Object.fromEntries(Object.entries(perClass).toSorted(byName))
    const row = { ...rowOf(item, nth), previous, recent, perClass: sorted }
    previous = item.id
    if (nth % forgetsEvery !== 0) return row
    previous = null
    recent = []
    if (nth % (2 * forgetsEvery) === 0) perClass = {}
    else delete perClass[itsClass]
    return row
  })
}

function rowOf({ id, key, lane, seq }: Item, nth: number): Row {
  return { id, key, lane, seq, nth }
}

function classOf(item: Item): string {
  return `class-${Math.abs(item.value) % classes}`
}

function byName([left]: readonly [string, number], [right]: readonly [string, number]): number {
  return left < right ? -1 : 1
}
