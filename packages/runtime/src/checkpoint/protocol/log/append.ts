// What became of an append, decided by what is read back: mine only by its nonce, failed only when
// another entry is read there. Only an entry above a floor read afterwards yields a CommitPermit.
//
//   create ──▶ read back ──▶ absent: the same bytes again ─┐
//                 ▲  │ │ └──▶ another's, or newer: lost    │
//                 │  │ └────▶ damaged: the job stops       │
//                 └──┼──────────────────────────────────────┘
//                    └──────▶ mine: read the floor ──▶ above it: stands │ at or below: void

import type { NamedCommittable } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { Floor, Generation, LogId, LogPosition } from '../identifiers.ts'
import type { DecodedEntry } from './entry-codec.ts'
import type { CheckpointEntry, FenceEntry, LogEntry } from './entry.ts'

const seal: unique symbol = Symbol('made by the protocol alone')

/** What a read of one position gave. An error of the read itself is no fact: read again. */
export type ReadBack = { readonly kind: 'absent' } | DecodedEntry

export type AppendDecision<Entry extends LogEntry = LogEntry> =
  /** Mine stands at the position; read the floor next (`aboveFloor`). */
  | { readonly kind: 'won'; readonly won: WonEntry<Entry> }
  /** Another entry stands there: mine will never be added at this position. */
  | { readonly kind: 'lost'; readonly to: OtherEntry }
  /** Nothing is there, so nothing is known: create the same bytes again, then read again. */
  | { readonly kind: 'retry' }
  /** Bytes that nobody can read stand there: whether they are mine is unknown. The job stops. */
  | { readonly kind: 'unreadable'; readonly found: Extract<DecodedEntry, { kind: 'damaged' }> }

/** What won a position: an entry, or one of a format that only a newer version writes. */
export type OtherEntry = LogEntry | { readonly kind: 'newer'; readonly position: LogPosition }

/** An entry of mine that was read back from its position. Made by `judgeAppend` alone. */
export class WonEntry<Entry extends LogEntry = LogEntry> {
  readonly entry: Entry

  constructor(key: typeof seal, entry: Entry) {
    assert(key === seal, 'a position is won only by reading the entry back')
    this.entry = entry
  }
}

/** An entry of mine that was read back and lies above the floor. Made by `aboveFloor` alone. */
export class StandingEntry<Entry extends LogEntry = LogEntry> {
  readonly entry: Entry

  constructor(key: typeof seal, entry: Entry) {
    assert(key === seal, 'an entry stands only after the floor was read')
    this.entry = entry
  }
}

/**
 * The last entry of a finished job, as a later run reads it above the floor. What its writer was
 * allowed to delete when it stood, however late, anybody may delete in its name: a licence to
 * collect, and to nothing else.
 */
export class FinishedEntry {
  readonly entry: CheckpointEntry

  constructor(entry: CheckpointEntry) {
    assert(entry.end === 'finished', 'a job is cleared away by a later run only when it has ended')
    this.entry = entry
  }
}

/** Decides an append from what stands at its position, whatever the create call answered. */
export function judgeAppend<Entry extends LogEntry>(
  mine: Entry,
  found: ReadBack,
): AppendDecision<Entry> {
  switch (found.kind) {
    case 'absent':
      return { kind: 'retry' }
    case 'entry':
      if (found.entry.nonce !== mine.nonce) return { kind: 'lost', to: found.entry }
      assert(found.entry.position === mine.position, 'an entry is read at its own position')
      return { kind: 'won', won: new WonEntry(seal, mine) }
    case 'newer':
      // I write this format alone, so it is not mine: a newer version of Sluice has taken over.
      return { kind: 'lost', to: { kind: 'newer', position: mine.position } }
    case 'damaged':
      return { kind: 'unreadable', found }
  }
}

export type FloorDecision<Entry extends LogEntry = LogEntry> =
  | { readonly kind: 'stands'; readonly standing: StandingEntry<Entry> }
  /** The position had been collected: what was won there means nothing. */
  | { readonly kind: 'void'; readonly floor: LogPosition }

/** Judges a won position by the floor, which must have been read after the position was won. */
export function aboveFloor<Entry extends LogEntry>(
  won: WonEntry<Entry>,
  floorReadAfterwards: Floor,
): FloorDecision<Entry> {
  return floorReadAfterwards !== 0 && won.entry.position <= floorReadAfterwards
    ? { kind: 'void', floor: floorReadAfterwards }
    : { kind: 'stands', standing: new StandingEntry(seal, won.entry) }
}

/**
 * The licence to commit exactly `owes`, and nothing else. It comes from an entry of mine that
 * stands: a checkpoint, for what it owes; a fence, for what the newest checkpoint below it owes.
 */
export class CommitPermit {
  readonly logId: LogId
  readonly generation: Generation
  /** The checkpoint entry that owes these. */
  readonly position: LogPosition
  readonly owes: readonly NamedCommittable[]

  constructor(
    key: typeof seal,
    holder: LogEntry,
    owing: { readonly position: LogPosition; readonly owes: readonly NamedCommittable[] },
  ) {
    assert(key === seal, 'a commit is licensed only by an entry that stands')
    this.logId = holder.logId
    this.generation = holder.generation
    this.position = owing.position
    this.owes = owing.owes
  }
}

/** The permit of a completed checkpoint. */
export function permitOf(standing: StandingEntry<CheckpointEntry>): CommitPermit {
  return new CommitPermit(seal, standing.entry, standing.entry)
}

/** The permit of a starting run for what the newest checkpoint below its fence owes. */
export function recoveryPermit(
  fence: StandingEntry<FenceEntry>,
  newest: CheckpointEntry,
  owes: readonly NamedCommittable[],
): CommitPermit {
  assert(newest.position < fence.entry.position, 'recovery commits what lies below its fence')
  assert(newest.logId === fence.entry.logId, 'recovery commits within its own log')
  assert(
    owes.every((owed) => newest.owes.includes(owed)),
    'recovery commits only what the newest entry owes',
  )
  return new CommitPermit(seal, fence.entry, { position: newest.position, owes })
}
