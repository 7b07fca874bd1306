// Windows that no border in event time closes: the global one, those that count, and those that go
// by the clock of the machine.

import type { Item } from '../../item.ts'
import type { CountShape, WindowShape } from '../shape/tail-shape.ts'
import { judgeFirings } from './judge-firings.ts'
import type { WindowInput, WindowRow } from './window-result.ts'

/** For a global window nothing is late. */
export function judgeGlobal(shape: WindowShape, { items, rows }: WindowInput): string[] {
  const expected = perKey(shape, items)
  const found = Map.groupBy(rows, ({ key }) => key)
  return [...expected].flatMap(([key, ofKey]) => {
    const ids = ofKey.map(({ id }) => id)
    return judgeFirings(`the window of ${key ?? 'all'}`, shape, ids, found.get(key) ?? [])
  })
}

export function judgeCounted(of: CountShape, shape: WindowShape, input: WindowInput): string[] {
  const found = Map.groupBy(input.rows, ({ key }) => key)
  return [...perKey(shape, input.items)].flatMap(([key, items]) =>
    judgeCounts(`the windows of ${key ?? 'all'}`, of, input, {
      ids: items.map(({ id }) => id),
      rows: found.get(key) ?? [],
    }),
  )
}

interface OfKey {
  /** In their order, where that is known. */
  readonly ids: readonly number[]
  readonly rows: readonly WindowRow[]
}

function judgeCounts(
  name: string,
  { records, every }: CountShape,
  { keysInOrder }: WindowInput,
  { ids, rows }: OfKey,
): string[] {
  const tumbles = records === every
  const firings = Array.from({ length: Math.floor(ids.length / every) }, (_, index) => ({
    firing: tumbles ? 0 : index,
    ids: ids.slice(Math.max(0, (index + 1) * every - records), (index + 1) * every),
  }))
  const shown = ({ firing, ids: some }: Pick<WindowRow, 'firing' | 'ids'>) =>
    keysInOrder ? `${firing}: ${some.join()}` : `${firing}: ${some.length} records`
  const expected = firings.map(shown).toSorted().join('; ')
  const actual = rows.map(shown).toSorted().join('; ')
  if (expected !== actual) {
    return [`${name} are ${actual.slice(0, 300)} and not ${expected.slice(0, 300)}`]
  }
  const mostTimes = Math.ceil(records / every)
  const times = Map.groupBy(
    rows.flatMap((row) => row.ids),
    (id) => id,
  )
  const doubled = [...times].filter(([, group]) => group.length > mostTimes)
  return doubled.slice(0, 3).map(([id]) => `record ${id} is in too many of ${name}`)
}

/** Which window a record is in depends on when it came, and what is open at the end is dropped. */
export function judgeProcessingTime({ rows }: WindowInput): string[] {
  const seen = new Set<number>()
  const doubled = rows.flatMap((row) => row.ids).filter((id) => seen.size === seen.add(id).size)
  return doubled.slice(0, 3).map((id) => `record ${id} is in two windows`)
}

function perKey(
  { all }: WindowShape,
  items: ReadonlyMap<number, Item>,
): Map<number | undefined, Item[]> {
  return Map.groupBy(items.values(), ({ key }) => (all ? undefined : key))
}
