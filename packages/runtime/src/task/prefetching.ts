// Tells the backend of a chain's head which keys come next, where the backend wants to know: the
// rows of a piece of a batch are then read in one call.

import type { Key } from '@sluice/core/internal'
import type { ChainFunctions, ChainRun } from './chain/chain-functions.ts'
import type { OperatorSlot } from './operator-slot.ts'

/** The functions of a chain whose head is `slot`, with a look ahead where that helps. */
export function withPrefetch(
  functions: ChainFunctions,
  slot: OperatorSlot | undefined,
): ChainFunctions {
  if (slot?.backend?.wantsPrefetch !== true || slot.index !== 0) return functions
  const { run, runSecond } = functions
  return {
    ...functions,
    run: prefetching(run, slot, slot.key),
    runSecond: runSecond === undefined ? undefined : prefetching(runSecond, slot, slot.secondKey),
  }
}

function prefetching(
  run: ChainRun,
  slot: OperatorSlot,
  keyOf: ((value: unknown) => Key) | undefined,
): ChainRun {
  if (keyOf === undefined) return run
  return (values, timestamps, from, length) => {
    slot.backend?.prefetch(keysOf(values, from, length, keyOf))
    return run(values, timestamps, from, length)
  }
}

function keysOf(
  values: readonly unknown[],
  from: number,
  length: number,
  keyOf: (value: unknown) => Key,
): Key[] {
  const keys: Key[] = []
  try {
    for (let at = from; at < length; at++) keys.push(keyOf(values[at]))
  } catch {
    // The run comes to the same record, and says what is wrong with it.
  }
  return keys
}
