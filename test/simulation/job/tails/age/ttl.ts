// State that ages by the watermark or the clock, beside the same without age: what is shown must be
// what was written, as long as the watermark has not come so much further, and never after that.
// The clock of the machine may go back, so by that one nothing is sure to be there still.

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

/** What was written last, and how far time was when it became young. */
interface Written {
  readonly ids: readonly number[]
  readonly at: number
}

const classes = 3
const longest = 4
/** Between two looks at the clock of one call. */
const lookingTakesMs = 5

export function ttlTail(shape: TailShape): Tail {
  const { ttlMs, refreshes, clock } = shape.ttl as TtlShape
  const ages = {
    ttl: `${ttlMs}ms`,
    clock,
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
          onRecord(item, { state, watermark, processingTime }, emit: Emit<Row>) {
            const { records, seen, written } = state
            checkWatermark(watermark, seen, sameParallelism, probe)
            const isSure = clock === 'event' && sameParallelism
            const now = clock === 'event' ? watermark : processingTime
            const slackMs = clock === 'event' ? 0 : lookingTakesMs
            const check = agingCheck({ now, ttlMs, slackMs, isSure, probe })
            const shadow: Shadow = {
              meet(name, shown) {
                const known = written.get(name)
                check(name, shown, known)
                // Reading what is there makes it young again.
                if (known === undefined || !refreshes || shown.length === 0) return
                written.set(name, { ids: known.ids, at: now })
              },
              write: (name, ids) => written.set(name, { ids, at: now }),
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
  // Mostly read: only then it shows whether reading refreshes.
  if (id % 5 === 0) {
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
  if (id % 3 === 0) {
    perClass.set(itsClass, id)
    shadow.write(`class ${itsClass}`, [id])
  }
}

interface Aging {
  readonly now: number
  readonly ttlMs: number
  readonly slackMs: number
  /** What is not over must be there. */
  readonly isSure: boolean
  readonly probe: Probe
}

function agingCheck({ now, ttlMs, slackMs, isSure, probe }: Aging) {
  return (name: string, shown: readonly number[], known: Written | undefined): void => {
    // What was written before the first watermark begins to age when it is met.
    const isDated = known !== undefined && known.at !== Number.NEGATIVE_INFINITY
    // By the clock a list may expire between a look at it and the push that follows.
    const isWritten = (shown: readonly number[]) =>
      String(shown) === String(known?.ids) ||
      (slackMs > 0 && String(shown) === `${known?.ids.at(-1)}`)
    const isOver = isDated && now >= known.at + ttlMs + slackMs
    if (shown.length > 0 && isOver) {
      probe.violation(`${name} of ${known.at} is shown at ${now}, ${ttlMs} ms later`)
    } else if (shown.length > 0 && !isWritten(shown)) {
      probe.violation(`${name} is ${shown.join()}, and ${known?.ids.join()} was written`)
    } else if (shown.length === 0 && isDated && !isOver && isSure) {
      probe.violation(`${name} of ${known.at} is gone at ${now}, before ${ttlMs} ms`)
    }
  }
}

function classOf({ value: number }: Item): number {
  return Math.abs(number) % classes
}
