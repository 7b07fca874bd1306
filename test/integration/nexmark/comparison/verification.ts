// Holds what a scenario gave against what the database says.

import { difference, lastRows } from './multisets.ts'
import type { NexmarkDatabase, Row } from '../database.ts'
import { expectations } from '../expected/expectations.ts'
import { areMergedAverages, type AverageChange } from './merged-averages.ts'
import type { Scenario } from '../scenario.ts'

/** Undefined where a query gave what it should; otherwise what is wrong, in words. */
export async function problemOf(
  query: string,
  scenario: Scenario,
  actual: readonly Row[],
  database: NexmarkDatabase,
): Promise<string | undefined> {
  const expectation = expectations[query]
  if (expectation === undefined) return `nothing is known of ${query}`
  const { rows, updates } = expectation
  const expected = await database.rows(rows)
  // Two empty results would agree, and prove nothing.
  if (expected.length === 0) return 'the events are too few for a result'
  const final = updates === undefined ? actual : lastRows(actual, updates.key)
  const wrong = difference(final, expected)
  if (wrong !== undefined) return `the result is wrong: ${wrong}`
  if (updates === undefined || scenario.splits > 1) return undefined
  const { averageChanges } = updates
  const hasOneSubtask = scenario.runs.every(({ parallelism }) => parallelism === 1)
  if (averageChanges !== undefined && !hasOneSubtask) {
    return problemOfAverages(actual, await database.rows(averageChanges))
  }
  const wrongUpdates = difference(actual, await database.rows(updates.rows))
  return wrongUpdates === undefined ? undefined : `rows on the way are wrong: ${wrongUpdates}`
}

function problemOfAverages(actual: readonly Row[], changes: readonly Row[]): string | undefined {
  const rowsOf = Map.groupBy(actual, ({ id }) => id)
  const changesOf = Map.groupBy(changes, ({ id }) => id)
  const wrong = [...changesOf].filter(([id, changesOfId]) => {
    const rows = rowsOf.get(id)?.map(({ final }) => final as number) ?? []
    return !areMergedAverages(rows, changesOfId as unknown as AverageChange[])
  })
  if (wrong.length === 0) return undefined
  const ids = wrong.map(([id]) => String(id)).join(', ')
  return `rows on the way are no averages of what had changed by then: ${ids}`
}
