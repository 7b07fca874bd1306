// How the codec of records complains. It knows offsets only; who calls it adds topic and partition.

import { SluiceError } from '@sluice/core'

/** Bytes of a batch that cannot be right: reading on would invent or lose records. */
export function damagedRecords(baseOffset: number, what: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'KAFKA_RECORDS_DAMAGED',
    `The record batch at offset ${baseOffset} is damaged: ${what}.`,
    {
      hint: 'If it comes back at the same offset, the log on the broker is damaged.',
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
