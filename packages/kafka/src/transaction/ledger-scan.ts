// What a partition of the ledger says, from its records and control batches in order of offsets,
// read uncommitted: read committed, one open transaction of anybody would hide all that follows it.
// The outcome of a record is the first control batch of its producer behind it.

import type { LedgerFinding } from './decide-outcome.ts'

/** What stands in a ledger partition, in order of offsets. */
export type LedgerEvent =
  | {
      readonly kind: 'record'
      readonly producerId: number
      readonly transactionalId: string
      readonly checkpoint: number
    }
  | { readonly kind: 'control'; readonly producerId: number; readonly committed: boolean }

/** The record of one transaction. */
export interface SoughtRecord {
  readonly transactionalId: string
  readonly producerId: number
  readonly checkpoint: number
}

type RecordEvent = Extract<LedgerEvent, { kind: 'record' }>

/** Records whose producer has not ended their transaction yet, by producer. */
class OpenRecords {
  readonly #open = new Map<number, RecordEvent[]>()

  /** The records that this event ends; `committed` says how. */
  end(event: LedgerEvent): readonly RecordEvent[] {
    const open = this.#open.get(event.producerId) ?? []
    if (event.kind === 'record') {
      this.#open.set(event.producerId, [...open, event])
      return []
    }
    this.#open.delete(event.producerId)
    return open
  }
}

/** What became of one transaction. The events reach from its first offset to the end. */
export function findOutcome(events: Iterable<LedgerEvent>, sought: SoughtRecord): LedgerFinding {
  const open = new OpenRecords()
  let found: LedgerFinding = 'absent'
  for (const event of events) {
    if (event.kind === 'record' && isSought(event, sought)) found = 'open'
    for (const ended of open.end(event)) {
      const committed = event.kind === 'control' && event.committed
      if (isSought(ended, sought)) return committed ? 'committed' : 'aborted'
      if (found === 'absent' && committed && isLater(ended, sought)) found = 'superseded'
    }
  }
  return found
}

function isSought(event: RecordEvent, sought: SoughtRecord): boolean {
  return (
    event.producerId === sought.producerId &&
    event.checkpoint === sought.checkpoint &&
    event.transactionalId === sought.transactionalId
  )
}

function isLater(event: RecordEvent, sought: SoughtRecord): boolean {
  return event.transactionalId === sought.transactionalId && event.checkpoint > sought.checkpoint
}

/**
 * The floor of a staged id: the highest checkpoint of it that is committed, 0 for none. Events that
 * begin where an earlier reading ended give the floor of what came since, if no transaction of the
 * id was open then: as it is behind an answer of InitProducerId.
 */
export function highestCommitted(events: Iterable<LedgerEvent>, transactionalId: string): number {
  const open = new OpenRecords()
  let highest = 0
  for (const event of events) {
    for (const ended of open.end(event)) {
      const committed = event.kind === 'control' && event.committed
      if (!committed || ended.transactionalId !== transactionalId) continue
      highest = Math.max(highest, ended.checkpoint)
    }
  }
  return highest
}
