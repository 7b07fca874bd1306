// What one call of a user's function may emit beyond the room in its channels: a call cannot be
// interrupted, so this has to fit into memory.

import { SluiceError } from '@sluice/core/internal'

export const MAX_OVERFLOW_BYTES = 64 * 1024 * 1024

export function outputTooLarge(): SluiceError {
  return new SluiceError(
    'OUTPUT_TOO_LARGE',
    `One call emitted more than ${MAX_OVERFLOW_BYTES / 2 ** 20} MiB.`,
    { hint: 'Emit less per call: split large inputs before this step.' },
  )
}
