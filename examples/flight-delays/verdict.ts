// Compares what stands in the output folder, as anybody would read it, with what it should be.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DayRow } from './expected.ts'

export interface Verdict {
  readonly windows: number
  readonly lost: number
  readonly doubled: number
  readonly wrong: number
  /** Flights that the windows count, all together. */
  readonly flights: number
}

/** Reads every visible result; hidden files and the sink's own folders are not results. */
export async function readResults(folder: string): Promise<DayRow[]> {
  const rows: DayRow[] = []
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.ndjson') || name.startsWith('.')) continue
    const text = await readFile(join(folder, name), 'utf8')
    for (const line of text.split('\n')) if (line !== '') rows.push(JSON.parse(line) as DayRow)
  }
  return rows
}

export function compare(
  results: readonly DayRow[],
  expected: ReadonlyMap<string, DayRow>,
): Verdict {
  const seen = new Set<string>()
  let [doubled, wrong, flights] = [0, 0, 0]
  for (const row of results) {
    const key = `${row.airport}/${row.day}`
    flights += row.flights
    if (seen.has(key)) doubled++
    else if (!isEqual(row, expected.get(key))) wrong++
    seen.add(key)
  }
  const lost = [...expected.keys()].filter((key) => !seen.has(key)).length
  return { windows: results.length, lost, doubled, wrong, flights }
}

function isEqual(row: DayRow, expected: DayRow | undefined): boolean {
  return (
    expected !== undefined &&
    row.flights === expected.flights &&
    row.meanDelay === expected.meanDelay &&
    row.worstDelay === expected.worstDelay &&
    row.shortest === expected.shortest
  )
}
