// Makes a savepoint of a checkpoint that a log keeps, without the job: for one that does not run,
// or of a moment that is past. Only a checkpoint whose commits are proven will do. The job may go
// on meanwhile: what is copied is pinned before the log is looked into for the last time.

import { SluiceError } from '@sluice/core/internal'
import {
  type CheckpointEntry,
  type CheckpointStorage,
  createNodePlatform,
  nonce,
  type Savepoint,
  savepointOf,
  ToolPin,
  withoutLatest,
  writeSavepoint,
} from '@sluice/runtime/internal'
import {
  type InspectedLog,
  inspectLog,
  latestCheckpoint,
  newestCheckpoint,
  segmentsOf,
  stateBytes,
  storageAt,
} from '../checkpoint/log-inspection.ts'
import type { MadeSavepoint } from './create-command.ts'

export interface WantedSavepoint {
  readonly name?: string
  /** Where it is to lie; by its name where nobody says. */
  readonly target: string | ((name: string) => string)
  readonly progress: Parameters<typeof writeSavepoint>[1]['progress'] & {}
}

const platform = createNodePlatform({ logLevel: 'warn' })

/** A job that completes checkpoints quickly may let go of one after the other. */
const mostTries = 5

export async function savepointFromCheckpoint(
  place: string,
  id: string,
  { name: given, target, progress }: WantedSavepoint,
): Promise<MadeSavepoint> {
  const started = performance.now()
  const storage = storageAt(place)
  const { entry, pin } = await pinnedCheckpoint(storage, id)
  const name = given ?? `savepoint-${entry.checkpoint}`
  const folder = typeof target === 'string' ? target : target(name)
  const drawn = { id: nonce(platform.random.hex(16)), name, createdAtMs: platform.clock.now() }
  let written: Savepoint
  try {
    written = await writeSavepoint(platform, {
      folder,
      savepoint: savepointOf(entry, drawn),
      readSegment: async (segment) => {
        await pin.renew()
        return await storage.readSegment(segment.name)
      },
      owner: null,
      progress,
    })
  } catch (error) {
    // A pin that could not be written, or a process that was asleep for an hour. Where even that
    // cannot be looked up, the first error says more.
    const isGone = await isKept(storage, entry).then(
      (kept) => !kept,
      () => false,
    )
    throw isGone ? letGoOf(entry, error) : error
  } finally {
    await pin.release()
  }
  return {
    name: written.name,
    folder,
    checkpoint: entry.checkpoint,
    segments: segmentsOf(entry).length,
    sizeBytes: stateBytes(entry),
    durationMs: performance.now() - started,
  }
}

/** The checkpoint that is meant, and what keeps its segments where they are. */
async function pinnedCheckpoint(
  storage: CheckpointStorage,
  id: string,
): Promise<{ readonly entry: CheckpointEntry; readonly pin: ToolPin }> {
  for (let tries = 1; ; tries++) {
    const entry = settledCheckpoint(await inspectLog(storage), id)
    const names = segmentsOf(entry).map(({ name }) => name)
    const pin = await ToolPin.take(storage, platform, names)
    // What was let go of before the pin stood may be deleted already.
    let kept = false
    try {
      kept = await isKept(storage, entry)
    } finally {
      if (!kept) await pin.release()
    }
    if (kept) return { entry, pin }
    if (id !== 'latest' || tries === mostTries) throw letGoOf(entry, undefined)
  }
}

async function isKept(storage: CheckpointStorage, { position }: CheckpointEntry): Promise<boolean> {
  const newest = newestCheckpoint(await inspectLog(storage))
  return newest?.retained.some((kept) => kept.position === position) ?? false
}

function settledCheckpoint(log: InspectedLog, id: string): CheckpointEntry {
  if (id !== 'latest' && !/^[1-9]\d{0,14}$/.test(id)) {
    throw new SluiceError('USAGE', `--checkpoint: '${id}' is not the id of a checkpoint.`, {
      hint: "Give a number or 'latest'.",
    })
  }
  const kept = (newestCheckpoint(log)?.retained ?? []).map((each) => Number(each.checkpoint))
  const wanted = id === 'latest' ? latestCheckpoint(log)?.checkpoint : Number(id)
  const slot = log.slots.findLast(
    (each) =>
      each.kind === 'entry' &&
      each.entry.kind === 'checkpoint' &&
      each.entry.checkpoint === wanted &&
      kept.includes(each.entry.checkpoint),
  )
  if (slot?.kind !== 'entry' || slot.entry.kind !== 'checkpoint') throw notKept(log, id, kept)
  if (slot.commits === 'open') throw notSettled(slot.entry)
  return slot.entry
}

function notKept({ location }: InspectedLog, id: string, kept: readonly number[]): SluiceError {
  if (id === 'latest') return withoutLatest(location)
  return new SluiceError('CHECKPOINT_NOT_FOUND', `Checkpoint ${id} is not kept in ${location}.`, {
    hint: kept.length === 0 ? 'None is.' : `There are ${kept.join(', ')}.`,
  })
}

function letGoOf({ checkpoint }: CheckpointEntry, cause: unknown): SluiceError {
  return new SluiceError(
    'CHECKPOINT_NOT_FOUND',
    `The job has let go of checkpoint ${checkpoint} before it was copied; no savepoint is made.`,
    {
      hint: 'Take a newer one, or let the running job make it: leave --checkpoint out.',
      where: { checkpoint },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

function notSettled({ checkpoint, owes }: CheckpointEntry): SluiceError {
  const sinks = [...new Set(owes.map(({ name }) => name.sink))].join(', ')
  return new SluiceError(
    'CHECKPOINT_INCOMPATIBLE',
    `Checkpoint ${checkpoint} may still owe commits to ${sinks}: no savepoint is made of it.`,
    {
      hint: 'Run the job once more and stop it: it commits first. Or take an older checkpoint.',
      where: { checkpoint },
    },
  )
}
