// Runs differ only in their number: exchanging two of them (their fields, and their nonces in the
// log) gives a state with the same future. So of all such states only the one with its runs in
// descending order is kept. Sound because no step looks at the number of a run but to compare
// nonces.

import {
  LATE_CREATE,
  LATE_ENTRY,
  LATE_KIND,
  LOG_KIND,
  LOG_WRITER,
  POSITIONS,
  RUN,
  RUN_FIELDS,
  RUNS,
  SETTLED,
} from '../model/fields.ts'

const block = new Uint8Array(RUN_FIELDS)

/** Sorts the runs of a state in place; idle runs stay last. */
export function sortRuns(state: Uint8Array): void {
  if (compare(state, 0, 1) < 0) exchange(state, 0, 1)
  if (compare(state, 1, 2) < 0) {
    exchange(state, 1, 2)
    if (compare(state, 0, 1) < 0) exchange(state, 0, 1)
  }
}

function compare(state: Uint8Array, first: number, second: number): number {
  const a = RUN + first * RUN_FIELDS
  const b = RUN + second * RUN_FIELDS
  for (let field = 0; field < RUN_FIELDS; field++) {
    const difference = (state[a + field] as number) - (state[b + field] as number)
    if (difference !== 0) return difference
  }
  return 0
}

function exchange(state: Uint8Array, first: number, second: number): void {
  const a = RUN + first * RUN_FIELDS
  const b = RUN + second * RUN_FIELDS
  block.set(state.subarray(a, a + RUN_FIELDS))
  state.copyWithin(a, b, b + RUN_FIELDS)
  state.set(block, b)
  for (let at = 1; at <= POSITIONS; at++) {
    if (state[LOG_KIND + at] !== 0) renameWriter(state, LOG_WRITER + at, first, second)
  }
  if (state[LATE_KIND] === LATE_CREATE) renameWriter(state, LATE_ENTRY + 1, first, second)
}

function renameWriter(state: Uint8Array, field: number, first: number, second: number): void {
  const writer = state[field] as number
  if (writer === SETTLED) return
  const index = writer % RUNS
  if (index === first) state[field] = writer + second - first
  else if (index === second) state[field] = writer + first - second
}
