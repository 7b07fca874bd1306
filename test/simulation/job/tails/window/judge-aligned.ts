// Windows with borders in time against the windows that the event times of the records give.

import type { AlignedShape, WindowShape } from '../shape/tail-shape.ts'
import { endsWhole, judgeContents, judgeFirings } from './judge-firings.ts'
import { windowsAt } from './naive-borders.ts'
import type { WindowInput, WindowRow } from './window-result.ts'

export function judgeAligned(of: AlignedShape, shape: WindowShape, input: WindowInput): string[] {
  const at = windowsAt(of)
  const expected = new Map<string, number[]>()
  for (const { id, key, at: instant } of input.items.values()) {
    for (const { start, end } of at(instant)) {
      const name = nameOf({ key: shape.all ? undefined : key, start, end })
      const ids = expected.get(name)
      if (ids === undefined) expected.set(name, [id])
      else ids.push(id)
    }
  }
  const found = Map.groupBy(input.rows, nameOf)
  const unknown = [...found.keys()].filter((name) => !expected.has(name))
  return [
    ...unknown.slice(0, 3).map((name) => `there is no ${name}`),
    ...[...expected].flatMap(([name, ids]) => {
      const rows = found.get(name) ?? []
      const members = new Set(ids)
      const foreign = rows.flatMap((row) => row.ids).filter((id) => !members.has(id))
      if (foreign.length > 0)
        return [`records ${foreign.slice(0, 3).join()} are no part of ${name}`]
      const late = ids.filter((id) => input.items.get(id)?.tooLate)
      if (late.length === 0) return judgeFirings(name, shape, ids, rows)
      return judgeDisturbed(name, { of, shape, input, ids, rows })
    }),
  ]
}

interface Disturbed {
  readonly of: AlignedShape
  readonly shape: WindowShape
  readonly input: WindowInput
  readonly ids: readonly number[]
  readonly rows: readonly WindowRow[]
}

/** A window to which records came too late, which it took, or not. */
function judgeDisturbed(name: string, disturbed: Disturbed): string[] {
  const { of, shape, input, ids, rows } = disturbed
  const inTime = ids.filter((id) => input.items.get(id)?.tooLate === false)
  // In windows that overlap a record may be late for some of them alone.
  const isAlone = of.kind === 'tumbling' || (of.kind === 'sliding' && of.everyMs >= of.sizeMs)
  const surelyGiven = isAlone && shape.trigger.name !== 'count-and-end'
  const isForgiven = (id: number) =>
    (input.items.get(id)?.behindMs ?? 0) <= shape.latenessMs &&
    shape.trigger.name !== 'count-and-end'
  const must = ids.filter((id) =>
    surelyGiven ? !input.late.has(id) : inTime.includes(id) || isForgiven(id),
  )
  const given = new Set(rows.flatMap((row) => row.ids))
  const lost = endsWhole(shape.trigger, inTime.length) ? must.filter((id) => !given.has(id)) : []
  if (lost.length > 0) return [`${name} lost ${lost.length} records: ${lost.slice(0, 3).join()}`]
  const inOrder = rows.toSorted((left, right) => left.firing - right.firing)
  if (input.rescales) return shape.discards ? judgeContents(name, shape, inOrder) : []
  const missing = inTime.filter((id) => !inOrder[0]?.ids.includes(id))
  return [
    ...judgeContents(name, shape, inOrder),
    ...(inOrder.every((row, index) => row.firing === index)
      ? []
      : [`${name} fired as ${inOrder.map(({ firing }) => firing).join(', ')}`]),
    ...(shape.trigger.name === 'at-end' && missing.length > 0
      ? [`${name} fired before ${missing.slice(0, 3).join()} came, which were in time`]
      : []),
  ]
}

function nameOf({ key, start, end }: Pick<WindowRow, 'key' | 'start' | 'end'>): string {
  return `window ${key ?? 'all'}/${start}/${end}`
}
