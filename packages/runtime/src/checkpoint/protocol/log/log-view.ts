// The log as a starting run reads it: by name, upward from the floor to the first position that is
// absent. Listings only hint that something was missed. Checks that all of it belongs to one job
// and one log, and that no entry of an older generation stands above a fence.

import { assert, SluiceError } from '@sluice/core/internal'
import { logPosition } from '../identifiers.ts'
import type { CheckpointId, Floor, Generation, LogId, LogPosition } from '../identifiers.ts'
import type { ReadBack } from './append.ts'
import type { CheckpointEntry, FenceEntry, LogEntry } from './entry.ts'

/** What stands at one position. */
export type LogSlot =
  | { readonly kind: 'entry'; readonly position: LogPosition; readonly entry: LogEntry }
  | { readonly kind: 'damaged'; readonly position: LogPosition; readonly reason: string }

/** Everything above the floor that was there when it was read. */
export interface LogView {
  readonly job: string
  readonly floor: Floor
  /** Contiguous and ascending from `floor + 1`. */
  readonly slots: readonly LogSlot[]
  /** The first position where nothing stood: the one to try. */
  readonly next: LogPosition
  /** Undefined while the log is empty. */
  readonly logId: LogId | undefined
}

/** Takes what was read position by position. Starts at the floor, which is read first. */
export class LogReading {
  readonly #job: string
  readonly #location: string
  readonly #floor: Floor
  readonly #slots: LogSlot[] = []
  #logId: LogId | undefined
  #generation = 0
  #ended = false

  constructor(job: string, location: string, floor: Floor) {
    this.#job = job
    this.#location = location
    this.#floor = floor
  }

  /** Continues a view upward, after a position was lost to an entry that is read next. */
  static resume(view: LogView, location: string): LogReading {
    const reading = new LogReading(view.job, location, view.floor)
    for (const slot of view.slots) reading.#take(slot)
    return reading
  }

  /** The position to read next. */
  get next(): LogPosition {
    return logPosition(this.#floor + this.#slots.length + 1)
  }

  /** Takes what stands at `next`; false when nothing does, and the reading has ended. */
  add(found: ReadBack): boolean {
    assert(!this.#ended, 'a reading ends at the first absent position')
    switch (found.kind) {
      case 'absent':
        this.#ended = true
        return false
      case 'damaged':
        this.#take({ kind: 'damaged', position: this.next, reason: found.reason })
        return true
      case 'newer':
        throw new SluiceError(
          'CHECKPOINT_FORMAT_NEWER',
          `The checkpoint log in ${this.#location} has an entry of format ${found.format} ` +
            `at position ${this.next}.`,
          { hint: 'Run the job with the newer version of Sluice that wrote it.' },
        )
      case 'entry':
        this.#take({ kind: 'entry', position: this.next, entry: found.entry })
        return true
    }
  }

  view(): LogView {
    assert(this.#ended, 'a log is read up to its first absent position')
    return {
      job: this.#job,
      floor: this.#floor,
      slots: this.#slots.slice(),
      next: this.next,
      logId: this.#logId,
    }
  }

  #take(slot: LogSlot): void {
    if (slot.kind === 'entry') this.#check(slot.entry, slot.position)
    this.#slots.push(slot)
  }

  #check(entry: LogEntry, position: LogPosition): void {
    if (entry.job !== this.#job) {
      throw new SluiceError(
        'CHECKPOINT_FOREIGN_JOB',
        `The checkpoints in ${this.#location} belong to the job '${entry.job}', ` +
          `not to '${this.#job}'.`,
        { hint: 'Give each job a checkpoint folder of its own.' },
      )
    }
    if (this.#logId !== undefined && entry.logId !== this.#logId) {
      throw this.#inconsistent(`entry ${position} carries the log id ${entry.logId}`)
    }
    if (entry.generation < this.#generation) {
      throw this.#inconsistent(
        `entry ${position} of generation ${entry.generation} stands above generation ` +
          `${this.#generation}`,
      )
    }
    this.#logId = entry.logId
    this.#generation = entry.generation
  }

  #inconsistent(what: string): SluiceError {
    return new SluiceError(
      'CHECKPOINT_DAMAGED',
      `The checkpoint log in ${this.#location} contradicts itself: ${what}.`,
      {
        hint: 'Entries of two logs were mixed, perhaps by copying. Restore the folder from a copy.',
      },
    )
  }
}

/**
 * Compares a view with a listing of positions, which may be stale. `again`: the floor has risen or
 * an entry was added meanwhile, so read the log anew; a `gap` that stays after that is a lost
 * entry.
 */
export function judgeListing(
  view: LogView,
  listed: readonly number[],
  floorReadAfterwards: Floor,
): 'complete' | 'again' | 'gap' {
  if (floorReadAfterwards !== view.floor) return 'again'
  if (listed.includes(view.next)) return 'again'
  return listed.some((position) => position > view.next) ? 'gap' : 'complete'
}

/** The error for an entry that is missing between two others. */
export function missingEntry(view: LogView, location: string): SluiceError {
  return new SluiceError(
    'CHECKPOINT_DAMAGED',
    `Entry ${view.next} of the checkpoint log in ${location} is missing, though later ones ` +
      'are there.',
    { hint: 'Restore the folder from a copy. Nothing was committed, aborted or deleted.' },
  )
}

/** The newest slot that is not a fence: a checkpoint, or bytes that may have been one. */
export function newestCheckpointSlot(view: LogView): LogSlot | undefined {
  return view.slots.findLast((slot) => slot.kind === 'damaged' || slot.entry.kind === 'checkpoint')
}

/** The newest fence of the view, if any. */
export function newestFence(view: LogView): FenceEntry | undefined {
  const slot = view.slots.findLast((slot) => slot.kind === 'entry' && slot.entry.kind === 'fence')
  return slot?.kind === 'entry' && slot.entry.kind === 'fence' ? slot.entry : undefined
}

/** The checkpoint entry at a position, if it is there and can be read. */
export function checkpointAt(view: LogView, position: LogPosition): CheckpointEntry | undefined {
  const slot = view.slots[position - view.floor - 1]
  return slot?.kind === 'entry' && slot.entry.kind === 'checkpoint' ? slot.entry : undefined
}

/** All readable checkpoints, oldest first. */
export function checkpointsOf(view: LogView): CheckpointEntry[] {
  return view.slots.flatMap((slot) =>
    slot.kind === 'entry' && slot.entry.kind === 'checkpoint' ? [slot.entry] : [],
  )
}

/** The highest checkpoint id that the log shows; ids go on above it. */
export function highestCheckpoint(view: LogView): CheckpointId | 0 {
  return checkpointsOf(view).reduce<CheckpointId | 0>(
    (highest, entry) => (entry.checkpoint > highest ? entry.checkpoint : highest),
    0,
  )
}

/**
 * The newest entry of a later generation, if there is one: then this run is over, and ends quietly.
 * Any entry says it, for the fence that opened the generation may have been collected.
 */
export function fencedBy(view: LogView, mine: Generation): LogEntry | undefined {
  const slot = view.slots.findLast((slot) => slot.kind === 'entry' && slot.entry.generation > mine)
  return slot?.kind === 'entry' ? slot.entry : undefined
}
