// The ways of writing that are compared, as a parameter of a job names them.

import type { KafkaWritingOptions } from '@sluice/kafka'

export type Written = 'transaction' | 'staged' | 'at-least-once' | 'none'

/** Options of the sink; exactly once by a transaction unless said. */
export function howWritten(
  written = 'transaction',
): Pick<KafkaWritingOptions, 'delivery' | 'commit'> {
  if (written === 'at-least-once' || written === 'none') return { delivery: written }
  return { delivery: 'exactly-once', commit: written === 'staged' ? written : 'transaction' }
}
