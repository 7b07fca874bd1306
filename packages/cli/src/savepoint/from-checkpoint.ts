// Makes a savepoint of a checkpoint that a log keeps, without the job: for one that does not run,
// or of a moment that is past. Only a checkpoint whose commits are proven will do.

import { SluiceError } from '@sluice/core/internal'
import {
  type CheckpointEntry,
  createNodePlatform,
  nonce,
  savepointOf,
  writeSavepoint,
} from '@sluice/runtime/internal'
import {
  type InspectedLog,
  inspectLog,
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

export async function savepointFromCheckpoint(
  place: string,
  id: string,
  { name: given, target, progress }: WantedSavepoint,
): Promise<MadeSavepoint> {
  const started = performance.now()
  const storage = storageAt(place)
  const entry = settledCheckpoint(await inspectLog(storage), id)
  const name = given ?? `savepoint-${entry.checkpoint}`
  const folder = typeof target === 'string' ? target : target(name)
  const drawn = { id: nonce(platform.random.hex(16)), name, createdAtMs: platform.clock.now() }
  const written = await writeSavepoint(platform, {
    folder,
    savepoint: savepointOf(entry, drawn),
    readSegment: (segment) => storage.readSegment(segment.name),
    owner: null,
    progress,
  })
  return {
    name: written.name,
    folder,
    checkpoint: entry.checkpoint,
    segments: segmentsOf(entry).length,
    sizeBytes: stateBytes(entry),
    durationMs: performance.now() - started,
  }
}

function settledCheckpoint(log: InspectedLog, id: string): CheckpointEntry {
  if (id !== 'latest' && !/^[1-9]\d{0,14}$/.test(id)) {
    throw new SluiceError('USAGE', `--checkpoint: '${id}' is not the id of a checkpoint.`, {
      hint: "Give a number or 'latest'.",
    })
  }
  const newest = newestCheckpoint(log)
  const kept = (newest?.retained ?? []).map((each) => Number(each.checkpoint))
  const wanted = id === 'latest' ? newest?.checkpoint : Number(id)
  const slot = log.slots.findLast(
    (each) =>
      each.kind === 'entry' &&
      each.entry.kind === 'checkpoint' &&
      each.entry.checkpoint === wanted &&
      kept.includes(each.entry.checkpoint),
  )
  if (slot?.kind !== 'entry' || slot.entry.kind !== 'checkpoint') {
    throw new SluiceError(
      'CHECKPOINT_NOT_FOUND',
      `Checkpoint ${id} is not kept in ${log.location}.`,
      {
        hint: kept.length === 0 ? 'None is.' : `There are ${kept.join(', ')}.`,
      },
    )
  }
  if (slot.commits === 'open') throw notSettled(slot.entry)
  return slot.entry
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
