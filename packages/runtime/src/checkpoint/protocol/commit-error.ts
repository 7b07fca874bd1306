// Whether a commit error may be believed. Only after the log was read, after the error: an entry of
// a later generation means that this run is over and its successor commits, so the error says
// nothing about the promise.

import type { Retry } from '@sluice/core/internal'
import type { Generation } from './identifiers.ts'
import type { LogEntry } from './log/entry.ts'
import { fencedBy } from './log/log-view.ts'
import type { LogView } from './log/log-view.ts'

export type CommitErrorDecision =
  /** Try again: the outcome is unknown, or the outside is away for a moment. */
  | { readonly kind: 'retry' }
  /** End quietly: another run has taken over. */
  | { readonly kind: 'over'; readonly fence: LogEntry }
  /** The promise cannot be kept: stop loudly. */
  | { readonly kind: 'believe' }

export function judgeCommitError(
  retry: Retry,
  readAfterwards: LogView,
  mine: Generation,
): CommitErrorDecision {
  const fence = fencedBy(readAfterwards, mine)
  if (fence !== undefined) return { kind: 'over', fence }
  return retry === 'never' ? { kind: 'believe' } : { kind: 'retry' }
}
