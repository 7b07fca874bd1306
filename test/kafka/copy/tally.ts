// What the proofs of a file add up to, said when they end. The record of what was run
// (docs/internals/kafka/proofs.md) quotes these lines and nothing else.

import { isFull } from '../scale.ts'

const sums = { copies: 0, records: 0, kills: 0, lost: 0, doubled: 0, disordered: 0, open: 0 }

/** Adds to the sums of this file. */
export function count(more: Partial<typeof sums>): void {
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += more[name] ?? 0
}

/** For the end of a file. */
export function sayTally(file: string): void {
  if (isFull) console.log(`${file}: ${JSON.stringify(sums)}`)
}
