// Starting from a savepoint. A log that does not know it gets it as a checkpoint of its own: below
// the fence that stands, after what was owed is committed, its segments are copied in under new
// names and an entry that names them is appended. The next fence then restores that entry like any
// other, so a crash at any instant leaves a log by the usual rules.

import { SluiceError } from '@sluice/core/internal'
import { retainedWith } from '../../checkpoint/protocol/collection.ts'
import {
  type BegunFrom,
  type CheckpointEntry,
  segmentNames,
} from '../../checkpoint/protocol/log/entry.ts'
import { removeClaimed } from '../../checkpoint/savepoint/claimed-savepoint.ts'
import { parentOf, SavepointFolder } from '../../checkpoint/savepoint/savepoint-folder.ts'
import { importSegments } from '../../checkpoint/savepoint/savepoint-import.ts'
import { isSavepointName } from '../../checkpoint/savepoint/savepoint-name.ts'
import {
  entryOfSavepoint,
  type Savepoint,
  segmentsOf,
} from '../../checkpoint/savepoint/savepoint.ts'
import { sweepUnfinished } from '../../checkpoint/savepoint/unfinished-savepoints.ts'
import type { Platform } from '../../platform/platform.ts'
import { localFolder } from '../../storage/create-storage.ts'
import type { AttemptLife } from '../attempt-life.ts'
import { fencedError } from '../fence-errors.ts'
import type { RaisedFence } from '../fence-raising.ts'
import type { JobOptions } from '../job-run.ts'
import type { PreparedJob } from '../prepared-job.ts'
import { withoutCheckpoints } from '../requests/run-requests.ts'
import type { ProtectedJob } from './protected-job.ts'

/** A savepoint that a run is to start from. */
export interface SavepointStart {
  /** As it was said. */
  readonly place: string
  readonly folder: SavepointFolder
  /** Undefined where nothing is there any more: a run that claimed it may have begun from it. */
  readonly savepoint: Savepoint | undefined
}

/** Undefined where the run does not start from a savepoint. */
export async function openSavepoint(
  platform: Platform,
  { name, storage }: PreparedJob,
  { from, restoreMode }: JobOptions,
): Promise<SavepointStart | undefined> {
  if (typeof from !== 'object') return undefined
  if (storage === undefined) throw withoutCheckpoints(name)
  const text = from.savepoint
  const isName = isSavepointName(text)
  if (isName && storage.savepoints === undefined) {
    throw new SluiceError('USAGE', `'${text}' is no folder.`, { hint: 'Give the path of one.' })
  }
  const path = isName ? `${storage.savepoints}/${text}` : text
  const folder = new SavepointFolder(platform, localFolder(path) ?? path)
  const savepoint = restoreMode === 'claim' ? await folder.find() : await folder.read()
  return { place: text, folder, savepoint }
}

export interface SavepointImport {
  readonly base: ProtectedJob
  readonly raised: Extract<RaisedFence, { kind: 'stands' }>
  readonly life: AttemptLife
  readonly start: SavepointStart & { readonly savepoint: Savepoint }
  /** Takes the files of the savepoint over where that is possible. */
  readonly claims: boolean
}

/** What entries say of it, so that the same words go on. */
export function begunFromOf(start: SavepointStart & { readonly savepoint: Savepoint }): BegunFrom
export function begunFromOf(start: SavepointStart | undefined): BegunFrom | undefined
export function begunFromOf(start: SavepointStart | undefined): BegunFrom | undefined {
  if (start?.savepoint === undefined) return undefined
  const { id, name, job } = start.savepoint
  return { id, name, job, place: start.place }
}

/** Resolves when the entry stands; throws FENCED when another one stands in its place. */
export async function importSavepoint(work: SavepointImport): Promise<void> {
  const { base, raised, life, start, claims } = work
  const { logId, generation } = raised.fence.entry
  const steps = await importSegments({
    savepoint: start.savepoint,
    folder: start.folder,
    storage: base.storage,
    logId,
    generation,
    checkpoint: raised.recovery.nextCheckpoint,
    claims,
    check: () => life.check(),
  })
  const damaged = await base.verification.damaged(steps.flatMap((step) => step.segments))
  life.check()
  if (damaged.length > 0) throw damagedCopy(start, steps, damaged)
  const result = await base.log.append(importedEntry(work, steps))
  life.check()
  if (result.kind !== 'stands') {
    throw fencedError(generation, result.kind === 'lost' ? result.to.position : result.floor)
  }
}

/**
 * Removes the savepoint once what the job restores has taken its place. It stays where the job did
 * not take its files over: where it goes on from a checkpoint of its own, or has copied them.
 */
export async function claimSavepoint(
  { platform }: ProtectedJob,
  { fence, recovery }: Extract<RaisedFence, { kind: 'stands' }>,
  { place, folder, savepoint }: SavepointStart,
): Promise<void> {
  const { logId, generation } = fence.entry
  const begunFrom = recovery.restore?.begunFrom
  if (savepoint === undefined) {
    // A run before this one has taken it away, and may have died before all of it was gone.
    await sweepUnfinished(platform, parentOf(folder.path), null)
  } else if (begunFrom?.id === savepoint.id && begunFrom.claimed === true) {
    await removeClaimed(platform, folder, savepoint, { logId, generation })
  } else {
    platform.log.info('The savepoint stays: the job goes on from a checkpoint of its own.', {
      savepoint: place,
      checkpoint: recovery.restore?.checkpoint,
    })
  }
}

function importedEntry(
  { base: { platform, job, place, log }, raised, start, claims }: SavepointImport,
  steps: CheckpointEntry['steps'],
): CheckpointEntry {
  const { nextCheckpoint: checkpoint, nextPosition: position, restore } = raised.recovery
  const { logId, generation } = raised.fence.entry
  const nowMs = platform.clock.now()
  const itself = { position, checkpoint, generation, segments: segmentNames(steps) }
  return {
    ...entryOfSavepoint(start.savepoint),
    job: job.name,
    logId,
    position,
    nonce: log.drawNonce(),
    generation,
    writtenAtMs: nowMs,
    checkpoint,
    end: 'continues',
    triggeredAtMs: nowMs,
    steps,
    retained: retainedWith(restore?.retained ?? [], itself, place.settings.keep),
    begunFrom: { ...begunFromOf(start), ...(claims ? { claimed: true } : {}) },
  }
}

/** Tells them by their names in the savepoint: what was taken over was damaged there. */
function damagedCopy(
  { folder, savepoint }: SavepointImport['start'],
  copied: CheckpointEntry['steps'],
  damaged: readonly string[],
): SluiceError {
  const copies = segmentsOf(copied)
  const names = segmentsOf(savepoint.steps)
    .filter((_, index) => damaged.includes(copies[index]?.name ?? ''))
    .map(({ name }) => name)
  const [first = ''] = names
  return new SluiceError(
    'CHECKPOINT_DAMAGED',
    `The savepoint in ${folder.path} is damaged: segments do not read back as they should: ` +
      `${names.join(', ')}.`,
    {
      hint: 'Copy the savepoint again from where it was made, and look at the disk.',
      where: { file: folder.segmentPath(first) },
    },
  )
}
