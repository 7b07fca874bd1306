// The warning about a list state that grows without end: by step, state and key, once at each power
// of two.

import { keyFromMapKey, type KeyPart } from '@sluice/core/internal'
import { describeKey } from '../heap/describe-key.ts'
import type { StateBackendOptions } from '../state-backend.ts'

/** What is called when the list of the key in hand has become long. */
export function longListWarning(
  { step, warn }: Pick<StateBackendOptions, 'step' | 'warn'>,
  state: string,
  context: { readonly mapKey: KeyPart },
): (length: number) => void {
  return (length) => {
    const key = describeKey(keyFromMapKey(context.mapKey))
    warn?.(
      `The list '${state}' of step '${step}' has grown to ${length} elements for the key ${key}. ` +
        'Each checkpoint in which it changed writes all of it. Clear it in time, give it a ttl, ' +
        'or keep a map() instead.',
      { state, key, elements: length },
    )
  }
}
