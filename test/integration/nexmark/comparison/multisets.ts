// Compares rows as multisets, and says what is missing and what is too much.

import type { Row } from '../database.ts'

const shownRows = 3

/** Undefined where both hold the same rows equally often; otherwise the difference in words. */
export function difference(actual: readonly Row[], expected: readonly Row[]): string | undefined {
  const counts = new Map<string, number>()
  for (const row of expected) add(counts, row, 1)
  for (const row of actual) add(counts, row, -1)
  const missing: string[] = []
  const extra: string[] = []
  for (const [text, count] of counts) {
    for (let n = 0; n < Math.abs(count); n++) (count > 0 ? missing : extra).push(text)
  }
  if (missing.length + extra.length === 0) return undefined
  const shown = (rows: string[]) =>
    rows
      .slice(0, shownRows)
      .map((text) => `\n  ${text}`)
      .join('')
  return (
    `of ${expected.length} expected rows ${missing.length} are missing:${shown(missing)}\n` +
    `of ${actual.length} rows ${extra.length} are wrong:${shown(extra)}`
  )
}

/** Of rows that agree in their key the last one. */
export function lastRows(rows: readonly Row[], key: readonly string[]): Row[] {
  const last = new Map(rows.map((row) => [JSON.stringify(key.map((name) => row[name])), row]))
  return [...last.values()]
}

function add(counts: Map<string, number>, row: Row, count: number): void {
  const text = canonical(row)
  counts.set(text, (counts.get(text) ?? 0) + count)
}

/** The row as a text that does not depend on the order of its fields. */
function canonical(row: Row): string {
  return JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
