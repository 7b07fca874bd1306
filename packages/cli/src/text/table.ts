// Tables of plain lines: columns as wide as their widest cell, two spaces between. Where the
// window is too narrow, columns that may shrink do so, and those that matter least go.

import { aligned, fitted, padded, widthOf } from './width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut down to this width. */
  readonly least?: number
  /** Columns with the highest number go first in a narrow window; without one a column stays. */
  readonly dropped?: number
}

const gap = '  '

/** Lines of a table, the titles first; none is wider than the window. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  windowColumns: number = Number.POSITIVE_INFINITY,
): string[] {
  const cells = [columns.map(({ title }) => title), ...rows]
  const widest = columns.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))))
  const kept = keptColumns(columns, widest, windowColumns)
  const widths = shrunk(columns, widest, kept, windowColumns)
  return cells.map((row) => {
    const line = kept
      .map((at) => {
        const cell = fitted(row[at] ?? '', widths[at] as number)
        const align = columns[at]?.align === 'right' ? aligned : padded
        return align(cell, widths[at] as number)
      })
      .join(gap)
      .trimEnd()
    return Number.isFinite(windowColumns) ? fitted(line, windowColumns) : line
  })
}

function keptColumns(
  columns: readonly Column[],
  widths: readonly number[],
  windowColumns: number,
): number[] {
  const kept = columns.map((_, at) => at)
  const leastWidth = (): number =>
    kept.reduce((sum, at) => sum + leastOf(columns, widths, at), gap.length * (kept.length - 1))
  while (leastWidth() > windowColumns) {
    const rank = (at: number): number => columns[at]?.dropped ?? 0
    const first = kept.reduce((most, at) => (rank(at) > rank(most) ? at : most), kept[0] as number)
    if (rank(first) === 0) break
    kept.splice(kept.indexOf(first), 1)
  }
  return kept
}

function leastOf(columns: readonly Column[], widths: readonly number[], at: number): number {
  const width = widths[at] as number
  return Math.min(width, columns[at]?.least ?? width)
}

function shrunk(
  columns: readonly Column[],
  widest: readonly number[],
  kept: readonly number[],
  windowColumns: number,
): number[] {
  const widths = [...widest]
  let surplus =
    kept.reduce((sum, at) => sum + (widths[at] as number), gap.length * (kept.length - 1)) -
    windowColumns
  for (const at of kept) {
    if (surplus <= 0) break
    const most = (widths[at] as number) - leastOf(columns, widths, at)
    const less = Math.min(surplus, most)
    widths[at] = (widths[at] as number) - less
    surplus -= less
  }
  return widths
}
