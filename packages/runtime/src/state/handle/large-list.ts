// The warning about a list state whose elements take many bytes, however few they are. Snapshots
// tell, since they encode a list whole; what runs between them knows no sizes.

import type { Key } from '@sluice/core/internal'
import { describeKey } from '../heap/describe-key.ts'
import type { StateBackendOptions } from '../state-backend.ts'

/** From so many encoded bytes on a list is called large. */
export const LARGE_LIST_BYTES: number = 2 ** 20

/** Told of a list that a snapshot has written, with its encoded size, if it is large. */
export type LargeListListener = (sizeBytes: number, key: Key) => void

/**
 * Warns once at each power of two: of the first list of the state that a snapshot finds so large,
 * and not of each key, since lists that are large by nature would fill the log.
 */
export function largeListWarning(
  { step, warn }: Pick<StateBackendOptions, 'step' | 'warn'>,
  state: string,
): LargeListListener {
  let nextBytes = LARGE_LIST_BYTES
  return (sizeBytes, key) => {
    if (sizeBytes < nextBytes) return
    while (nextBytes <= sizeBytes) nextBytes *= 2
    const described = describeKey(key)
    warn?.(
      `The list '${state}' of step '${step}' takes ${(sizeBytes / 2 ** 20).toFixed(1)} MiB for ` +
        `the key ${described}. Each checkpoint in which it changed writes all of it. Clear it in ` +
        'time, give it a ttl, or keep a map() instead.',
      { state, key: described, sizeBytes },
    )
  }
}
