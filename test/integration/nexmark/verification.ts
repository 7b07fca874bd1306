// Holds what a scenario gave against what the database says.

import { difference, lastRows } from './comparison.ts'
import type { NexmarkDatabase, Row } from './database.ts'
import { expectations } from './expected/expectations.ts'
import type { Scenario } from './scenario.ts'

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
  if (updates === undefined || !keepsOrder(scenario, updates.needsOneSubtask)) return undefined
  const wrongUpdates = difference(actual, await database.rows(updates.rows))
  return wrongUpdates === undefined ? undefined : `rows on the way are wrong: ${wrongUpdates}`
}

/** Whether the last step gets its records in the order of the events. */
function keepsOrder({ splits, runs }: Scenario, needsOneSubtask = false): boolean {
  return splits === 1 && (!needsOneSubtask || runs.every(({ parallelism }) => parallelism === 1))
}
