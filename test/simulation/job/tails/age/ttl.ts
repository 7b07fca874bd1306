// State that ages by the watermark, beside the same without age: what is shown must be what was
// written, as long as the watermark has not come so much further, and never after that.

import {
  counter,
  type Emit,
  list,
  type ListState,
  map,
  type MapState,
  value,
  type ValueState,
} from '@sluice/core'
import { asKey, type Item } from '../../item.ts'
import { judgeCounts } from '../counting.ts'
import type { Probe } from '../../probe.ts'
import type { TailShape, TtlShape } from '../shape/tail-shape.ts'
import type { Row, Tail } from '../tail.ts'
import { checkWatermark } from '../watermark-probe.ts'

/** What was written last, and how far the watermark was when it became young. */
interface Written {
  readonly ids: readonly number[]
  readonly at: number
}

const classes = 3
const longest = 4

export function ttlTail(shape: TailShape): Tail {
  const { ttlMs, refreshes } = shape.ttl as TtlShape
  const ages = {
    ttl: `${ttlMs}ms`,
    clock: 'event',
    refresh: refreshes ? 'read-and-write' : 'write',
  } as const
  return {
    build({ stream, probe, sameParallelism, to }) {
      const rows = stream
        .keyBy((item) => asKey(shape.keyKind, item.key))
        .process('ages', {
          state: {
            records: counter(),
            seen: value<number>(),
            // Of each that ages, by its name, what would be there without age.
            written: map<string, Written>(),
            last: value<number>(ages),
            recent: list<number>(ages),
            perClass: map<number, number>(ages),
          },
          onRecord(item, { state, watermark }, emit: Emit<Row>) {
            const { records, seen, written } = state
            checkWatermark(watermark, seen, sameParallelism, probe)
            const check = agingCheck({ watermark, ttlMs, sameParallelism, probe })
            const shadow: Shadow = {
              meet(name, shown) {
                const known = written.get(name)
                check(name, shown, known)
                // Reading what is there makes it young again.
                if (known === undefined || !refreshes || shown.length === 0) return
                written.set(name, { ids: known.ids, at: watermark })
              },
              write: (name, ids) => written.set(name, { ids, at: watermark }),
            }
            remember(item, state, shadow)
            records.set(records.get() + 1)
            emit({ id: item.id, key: item.key, lane: item.lane, seq: item.seq, nth: records.get() })
          },
        })
      to('out', shape.parallelism === undefined ? rows : rows.parallelism(shape.parallelism))
    },

    judge: ({ items, rows, rowsInOrder }) => judgeCounts(items, rows('out'), rowsInOrder),
  }
}

/** What would be there without age. */
interface Shadow {
  meet(name: string, shown: readonly number[]): void
  write(name: string, ids: readonly number[]): void
}

interface Aged {
  readonly last: ValueState<number>
  readonly recent: ListState<number>
  readonly perClass: MapState<number, number>
}

/** Reads and writes each state that ages. */
function remember(item: Item, { last, recent, perClass }: Aged, shadow: Shadow): void {
  const { id } = item
  const shown = last.get()
  shadow.meet('last', shown === undefined ? [] : [shown])
  if (id % 3 !== 0) {
    last.set(id)
    shadow.write('last', [id])
  }
  const listed = [...recent]
  shadow.meet('recent', listed)
  if (listed.length >= longest) recent.set([id])
  else recent.push(id)
  shadow.write('recent', listed.length >= longest ? [id] : [...listed, id])
  const itsClass = classOf(item)
  const inClass = perClass.get(itsClass)
  shadow.meet(`class ${itsClass}`, inClass === undefined ? [] : [inClass])
  perClass.set(itsClass, id)
  shadow.write(`class ${itsClass}`, [id])
}

interface Aging {
  readonly watermark: number
  readonly ttlMs: number
  readonly sameParallelism: boolean
  readonly probe: Probe
}

function agingCheck({ watermark, ttlMs, sameParallelism, probe }: Aging) {
  return (name: string, shown: readonly number[], known: Written | undefined): void => {
    // What was written before the first watermark begins to age when it is met.
    const isDated = known !== undefined && known.at !== Number.NEGATIVE_INFINITY
    const isOver = isDated && watermark >= known.at + ttlMs
    if (shown.length > 0 && isOver) {
      probe.violation(`${name} of ${known.at} is shown at ${watermark}, ${ttlMs} ms later`)
    } else if (shown.length > 0 && String(shown) !== String(known?.ids)) {
      probe.violation(`${name} is ${shown.join()}, and ${known?.ids.join()} was written`)
    } else if (shown.length === 0 && isDated && !isOver && sameParallelism) {
      probe.violation(`${name} of ${known.at} is gone at ${watermark}, before ${ttlMs} ms`)
    }
  }
}

function classOf({ value: number }: Item): number {
  return Math.abs(number) % classes
}
