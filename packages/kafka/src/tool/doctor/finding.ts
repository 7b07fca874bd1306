// What an examination finds, one thing at a time, with what to do about it.

import { SluiceError } from '@sluice/core/connector'

/**
 * - `right`: nothing to do.
 * - `risk`: it works, and may lose data or fail under circumstances that are named.
 * - `wrong`: a job will fail.
 * - `unknown`: it could not be asked.
 */
export type FindingLevel = 'right' | 'risk' | 'wrong' | 'unknown'

export interface Finding {
  /** What was looked at: `broker 1`, `topic orders`, `ledger`. */
  readonly about: string
  readonly level: FindingLevel
  readonly message: string
  readonly hint?: string
}

export function finding(
  about: string,
  level: FindingLevel,
  message: string,
  hint?: string,
): Finding {
  return { about, level, message, ...(hint === undefined ? {} : { hint }) }
}

/** What an error says. A right to look that is missing proves nothing about what is there. */
export function findingOf(about: string, error: unknown, forbidden: FindingLevel): Finding {
  if (!(error instanceof SluiceError)) throw error
  const level = error.code === 'KAFKA_FORBIDDEN' ? forbidden : 'wrong'
  return finding(about, level, error.message, error.hint)
}
