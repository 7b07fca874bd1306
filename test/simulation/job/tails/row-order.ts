// Order where it is promised: within a group of rows, what is numbered rises. And what a group is.

import type { Row } from './tail.ts'

/** Where `seq` does not rise within a group; the first places only. */
export function disorder(
  what: string,
  rows: readonly Row[],
  groupOf: (row: Row) => string,
): string[] {
  const last = new Map<string, number>()
  const wrong: string[] = []
  for (const row of rows) {
    const group = groupOf(row)
    const seq = row['seq'] as number
    const before = last.get(group)
    if (before !== undefined && before >= seq) {
      wrong.push(`${what}: out of order in ${group}: ${seq} after ${before}`)
    }
    last.set(group, seq)
  }
  return wrong.slice(0, 3)
}

/** The key of a row and another of its fields, as text. */
export function placeOf(row: Row, field: string): string {
  return `${String(row['key'])}/${String(row[field])}`
}
