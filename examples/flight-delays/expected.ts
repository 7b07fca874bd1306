// The same result by a plain loop over the whole file: no engine, no windows, no state. What the
// job's output is compared with.

import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

export interface DayRow {
  readonly airport: string
  readonly day: string
  readonly flights: number
  readonly meanDelay: number
  readonly worstDelay: number
  readonly shortest: number
}

/** Rows by `airport/day`, and how many flights were read. */
export async function expectedRows(
  path: string,
): Promise<{ readonly rows: Map<string, DayRow>; readonly flights: number }> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const days = new Map<
    string,
    { flights: number; delay: number; worst: number; shortest: number }
  >()
  let flights = 0
  for (const group of metadata.row_groups) {
    const rowStart = flights
    flights += Number(group.num_rows)
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      rowStart,
      rowEnd: flights,
    })
    for (const row of rows) {
      const key = `${row['origin']}/${(row['date'] as Date).toISOString().slice(0, 10)}`
      const [delay, distance] = [Number(row['delay']), Number(row['distance'])]
      const day = days.get(key)
      if (day === undefined) {
        days.set(key, { flights: 1, delay, worst: delay, shortest: distance })
        continue
      }
      day.flights++
      day.delay += delay
      day.worst = Math.max(day.worst, delay)
      day.shortest = Math.min(day.shortest, distance)
    }
  }
  const rows = new Map<string, DayRow>()
  for (const [key, day] of days) {
    const [airport = '', date = ''] = key.split('/')
    rows.set(key, {
      airport,
      day: date,
      flights: day.flights,
      meanDelay: day.delay / day.flights,
      worstDelay: day.worst,
      shortest: day.shortest,
    })
  }
  return { rows, flights }
}
