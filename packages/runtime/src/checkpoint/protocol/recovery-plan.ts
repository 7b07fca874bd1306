// How a run starts: which fence it appends, and, once that fence stands, what it commits first,
// what it restores and which numbers it goes on with. The fence records the restored checkpoint, so
// later restarts stay on that timeline. Nothing outside is touched before the fence stands.

import type { NamedCommittable } from '@sluice/core/connector'
import { assert, SluiceError } from '@sluice/core/internal'
import { checkpointId, generation } from './identifiers.ts'
import type { CheckpointId, Floor, LogId, LogPosition, Nonce } from './identifiers.ts'
import { recoveryPermit } from './log/append.ts'
import type { CommitPermit, StandingEntry } from './log/append.ts'
import type { BegunFrom, CheckpointEntry, FenceEntry, GivenUp } from './log/entry.ts'
import {
  checkpointAt,
  checkpointsOf,
  highestCheckpoint,
  newestCheckpointSlot,
  newestFence,
} from './log/log-view.ts'
import type { LogSlot, LogView } from './log/log-view.ts'

/** What the person or program that starts the run asks for. */
export interface StartRequest {
  /**
   * `latest`: stay on the timeline. A checkpoint id or `none` leaves it, and output is repeated.
   */
  readonly from: 'latest' | 'none' | CheckpointId
  /** The operator gives up what a damaged newest entry may owe. */
  readonly acceptDuplicates: boolean
  /** A promise that turned out to be impossible; any other entry's promises are kept. */
  readonly givesUp?: GivenUp | undefined
  /** The savepoint whose checkpoint this is; otherwise what the timeline says stays. */
  readonly begunFrom?: BegunFrom | undefined
}

/** What a fence will say, but for the random values that the caller draws. */
export interface FenceChoice {
  readonly position: LogPosition
  readonly restores: LogPosition | null
  readonly givenUp: readonly GivenUp[]
  /** The run leaves the timeline: what came after the restored checkpoint is written again. */
  readonly repeatsOutput: boolean
  readonly begunFrom?: BegunFrom
}

export type StartDecision =
  | { readonly kind: 'fence'; readonly choice: FenceChoice }
  /** The newest entry is damaged: nobody knows what it owes. Abort nothing, exit with code 4. */
  | { readonly kind: 'stop'; readonly error: SluiceError }

/** Decides what the next fence says. Pure: reading the same log again gives the same choice. */
export function chooseFence(view: LogView, request: StartRequest): StartDecision {
  const newest = newestCheckpointSlot(view)
  const fence = newestFence(view)
  const givenUp = givenUpAbove(view, newest?.position ?? 0)
  if (newest?.kind === 'damaged' && !isGivenUp(givenUp, newest.position)) {
    if (!request.acceptDuplicates || request.from === 'latest') {
      return { kind: 'stop', error: damagedNewest(view, newest.position, newest.reason) }
    }
    givenUp.push({ position: newest.position, sinks: 'all' })
  }
  const { givesUp } = request
  if (givesUp !== undefined && givesUp.position === newest?.position) {
    if (!givenUp.some((known) => sameGivenUp(known, givesUp))) givenUp.push(givesUp)
  }
  const begun = fence !== undefined && fence.position > (newest?.position ?? 0) ? fence : undefined
  const inherited = begun === undefined ? (newest?.position ?? null) : begun.restores
  const restores = restoredBy(view, request.from, inherited)
  if (restores === undefined) {
    return { kind: 'stop', error: notRetained(view, request.from, inherited) }
  }
  const repeatsOutput = restores !== inherited
  const begunFrom = request.begunFrom ?? (repeatsOutput ? undefined : begun?.begunFrom)
  const named = begunFrom === undefined ? {} : { begunFrom }
  return {
    kind: 'fence',
    choice: { position: view.next, restores, givenUp, repeatsOutput, ...named },
  }
}

function restoredBy(
  view: LogView,
  from: StartRequest['from'],
  inherited: LogPosition | null,
): LogPosition | null | undefined {
  if (from === 'none') return null
  if (from === 'latest') {
    if (inherited === null) return null
    return checkpointAt(view, inherited) === undefined ? undefined : inherited
  }
  return restorable(view).find((entry) => entry.checkpoint === from)?.position
}

/** The checkpoints that a restore may choose: those that the newest readable entry retains. */
export function restorable(view: LogView): CheckpointEntry[] {
  const newest = checkpointsOf(view).at(-1)
  if (newest === undefined) return []
  return newest.retained.flatMap((kept) => checkpointAt(view, kept.position) ?? [])
}

function givenUpAbove(view: LogView, position: LogPosition | 0): GivenUp[] {
  const givenUp: GivenUp[] = []
  for (const slot of view.slots) {
    if (slot.position > position && slot.kind === 'entry' && slot.entry.kind === 'fence') {
      for (const item of slot.entry.givenUp) {
        if (!givenUp.some((known) => sameGivenUp(known, item))) givenUp.push(item)
      }
    }
  }
  return givenUp
}

/** Whether two records let go of the same promises. */
export function sameGivenUp(one: GivenUp, other: GivenUp): boolean {
  return one.position === other.position && String(one.sinks) === String(other.sinks)
}

function isGivenUp(givenUp: readonly GivenUp[], position: LogPosition): boolean {
  return givenUp.some((item) => item.position === position && item.sinks === 'all')
}

/**
 * The fence as an entry. A new nonce for each position that is tried; the log id only for an empty
 * log.
 */
export function fenceEntry(
  view: LogView,
  choice: FenceChoice,
  drawn: { readonly nonce: Nonce; readonly logId: LogId; readonly writtenAtMs: number },
): FenceEntry {
  assert(choice.position === view.next, 'a fence is chosen from the view below it')
  return {
    kind: 'fence',
    job: view.job,
    logId: view.logId ?? drawn.logId,
    position: choice.position,
    nonce: drawn.nonce,
    generation: generation(choice.position),
    writtenAtMs: drawn.writtenAtMs,
    restores: choice.restores,
    givenUp: choice.givenUp,
    ...(choice.begunFrom === undefined ? {} : { begunFrom: choice.begunFrom }),
  }
}

/** What a run does once its fence stands, in this order: commit, sweep, restore, read. */
export interface RecoveryPlan {
  /**
   * What the newest checkpoint below the fence owes; undefined when there is no such checkpoint.
   */
  readonly permit: CommitPermit | undefined
  /** The newest checkpoint below the fence: no sweep touches what it names. */
  readonly newest: CheckpointEntry | undefined
  /** What the tasks restore; undefined: they start from the beginning. */
  readonly restore: CheckpointEntry | undefined
  /** What the checkpoints of this generation say of the beginning of their timeline. */
  readonly begunFrom: BegunFrom | undefined
  /** The first checkpoint id of this generation. */
  readonly nextCheckpoint: CheckpointId
  readonly nextPosition: LogPosition
  readonly floor: Floor
  /** `finished`: nothing is left to read once the commits are proven. */
  readonly end: CheckpointEntry['end']
}

/** Makes the plan of a standing fence from the log that was read below it. */
export function planRecovery(fence: StandingEntry<FenceEntry>, below: LogView): RecoveryPlan {
  const { entry } = fence
  assert(below.next === entry.position, 'a fence stands directly above the log that was read')
  const slot = newestCheckpointSlot(below)
  const newest = slot?.kind === 'entry' ? (slot.entry as CheckpointEntry) : undefined
  const restore = entry.restores === null ? undefined : checkpointAt(below, entry.restores)
  assert(
    entry.restores === null || restore !== undefined,
    'a fence restores an entry that is there',
  )
  const permit =
    newest === undefined
      ? undefined
      : recoveryPermit(fence, newest, owedAfterGivingUp(newest, entry.givenUp))
  return {
    permit,
    newest,
    restore,
    begunFrom: entry.begunFrom ?? restore?.begunFrom,
    nextCheckpoint: checkpointId(highestCheckpoint(below) + 1 + unreadableIds(slot)),
    nextPosition: (entry.position + 1) as LogPosition,
    floor: below.floor,
    end: restore !== undefined && restore === newest ? restore.end : 'continues',
  }
}

/**
 * Which id a damaged entry had is unknown, and its commits may be visible under it: ids go on far
 * above all that were triggered since the newest readable one.
 */
function unreadableIds(newest: LogSlot | undefined): number {
  return newest?.kind === 'damaged' ? 1_000_000 : 0
}

function owedAfterGivingUp(
  entry: CheckpointEntry,
  givenUp: readonly GivenUp[],
): readonly NamedCommittable[] {
  const here = givenUp.filter((item) => item.position === entry.position)
  return entry.owes.filter(
    (owed) => !here.some((item) => item.sinks === 'all' || item.sinks.includes(owed.name.sink)),
  )
}

function damagedNewest(view: LogView, position: LogPosition, reason: string): SluiceError {
  const known = checkpointsOf(view).at(-1)
  const from = known === undefined ? 'none' : String(known.checkpoint)
  // Nothing that can be read tells the log id, so the sinks will find results of another one.
  const anew = view.logId === undefined ? ' and `--start-over`' : ''
  return new SluiceError(
    'CHECKPOINT_DAMAGED',
    `The newest entry (position ${position}) of the checkpoint log is damaged: ${reason}. ` +
      'What it promised to which sinks is unknown. Nothing was aborted.',
    {
      hint:
        `Restore the entry from a copy, or go on with \`--from ${from} ` +
        `--accept-duplicates\`${anew}.`,
      ...(known === undefined ? {} : { where: { checkpoint: known.checkpoint } }),
    },
  )
}

function notRetained(
  view: LogView,
  from: StartRequest['from'],
  inherited: LogPosition | null,
): SluiceError {
  const retained = restorable(view).map((entry) => entry.checkpoint)
  const list = retained.length === 0 ? 'none is retained' : `retained: ${retained.join(', ')}`
  if (from === 'latest') {
    return new SluiceError(
      'CHECKPOINT_DAMAGED',
      `The checkpoint at position ${inherited}, from which this job goes on, cannot be read ` +
        `(${list}).`,
      { hint: 'Choose another one with `--from <id> --accept-duplicates`.' },
    )
  }
  return new SluiceError('CHECKPOINT_NOT_FOUND', `Checkpoint ${from} is not there (${list}).`, {
    hint: 'See `sluice checkpoint list`.',
  })
}
