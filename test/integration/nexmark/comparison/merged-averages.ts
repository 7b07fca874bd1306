// Rows of an average that several subtasks send changes to, in an order that nobody knows: each
// sender keeps the order of its own changes. Looks for an order of all changes in which every row
// is the average of those before it.

import { keyGroupOf, subtaskOf } from '@sluice/core/internal'

/** A change of the sum, by a key of the step that sends it. */
export interface AverageChange {
  readonly sender: number
  readonly added: number
  /** Whether what is averaged has one number more. */
  readonly isFirst: boolean
}

interface Merged {
  /** How many changes of each subtask are in. */
  readonly positions: readonly number[]
  readonly sum: number
  readonly count: number
}

const maxParallelism = 128
/** Subtasks of a lower parallelism have the keys of several of these, so they keep more order. */
const mostSubtasks = 4

/** Whether the rows, in their order, are averages after one, two, … and all changes. */
export function areMergedAverages(
  rows: readonly number[],
  changes: readonly AverageChange[],
): boolean {
  if (rows.length !== changes.length) return false
  const senders = Array.from({ length: mostSubtasks }, (): AverageChange[] => [])
  for (const change of changes) {
    const group = keyGroupOf(change.sender, maxParallelism)
    senders[subtaskOf(group, mostSubtasks, maxParallelism)]?.push(change)
  }
  let possible: Merged[] = [{ positions: senders.map(() => 0), sum: 0, count: 0 }]
  for (const row of rows) {
    const next = new Map<string, Merged>()
    for (const merged of possible.flatMap((before) => oneMore(before, senders))) {
      if (Math.floor(merged.sum / merged.count) === row) next.set(merged.positions.join(), merged)
    }
    possible = [...next.values()]
  }
  return possible.length > 0
}

/** The states after one more change of any of the senders. */
function oneMore(before: Merged, senders: readonly (readonly AverageChange[])[]): Merged[] {
  return senders.flatMap((changes, sender) => {
    const change = changes[before.positions[sender] ?? 0]
    if (change === undefined) return []
    return {
      positions: before.positions.map((position, at) => (at === sender ? position + 1 : position)),
      sum: before.sum + change.added,
      count: before.count + (change.isFirst ? 1 : 0),
    }
  })
}
