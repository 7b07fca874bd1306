// Opens what is stored as something to read, and a savepoint as something to make another one of.
// Nothing is written by opening, and nothing that was opened is ever changed.

import {
  buildJob,
  type JobDefinition,
  planHash,
  SluiceError,
  validateParameters,
} from '@sluice/core/internal'
import type { CheckpointEntry } from '../checkpoint/protocol/log/entry.ts'
import { logPosition } from '../checkpoint/protocol/identifiers.ts'
import { decodeEntry, unreadableEntry } from '../checkpoint/protocol/log/entry-codec.ts'
import { SavepointFolder } from '../checkpoint/savepoint/savepoint-folder.ts'
import { type DescribedStep, factsOf, identityOf } from '../restore/step-identity.ts'
import { createStorage } from '../storage/create-storage.ts'
import type { StoragePlatform } from '../storage/storage-platform.ts'
import { type SavepointBody, SavepointEdit } from './savepoint-edit.ts'
import { SegmentFolder } from './segment-files.ts'
import { StateReader } from './state-reader.ts'

/** A savepoint, to be read, or changed into another one. */
export class OpenSavepoint extends StateReader {
  /** When it was made, in milliseconds. */
  readonly createdAtMs: number
  readonly #platform: StoragePlatform
  readonly #body: SavepointBody

  constructor(
    platform: StoragePlatform,
    folder: string,
    described: {
      readonly name: string
      readonly createdAtMs: number
      readonly body: SavepointBody
    },
  ) {
    const { name, createdAtMs, body } = described
    super(`savepoint '${name}'`, body, new SegmentFolder(platform.files, `${folder}/segments`))
    this.createdAtMs = createdAtMs
    this.#platform = platform
    this.#body = body
  }

  /** Begins another savepoint, which at first holds what this one holds. */
  edit(): SavepointEdit {
    return new SavepointEdit(this.#platform, this, this.#body)
  }
}

/**
 * The savepoint in a folder. Throws CHECKPOINT_NOT_FOUND where the folder is none,
 * CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER.
 */
export async function readSavepoint(
  platform: StoragePlatform,
  folder: string,
): Promise<OpenSavepoint> {
  const savepoint = await new SavepointFolder(platform, folder).read()
  const { name, createdAtMs, job, end, plan, steps, idempotentSinks } = savepoint
  const body = { job, end, plan, steps, idempotentSinks }
  return new OpenSavepoint(platform, folder, { name, createdAtMs, body })
}

/**
 * A checkpoint of the log in a folder: the newest that can be read, or the one with this id. Throws
 * CHECKPOINT_NOT_FOUND, CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER.
 */
export async function readCheckpoint(
  platform: StoragePlatform,
  folder: string,
  id: number | 'latest',
): Promise<StateReader> {
  const entry = await findEntry(platform, folder, id)
  const segments = new SegmentFolder(platform.files, `${folder}/segments`)
  const storage = createStorage(platform, folder)
  const isGone = async () => (await storage.readFloor()) >= entry.position
  return new StateReader(`checkpoint ${entry.checkpoint}`, entry, segments, isGone)
}

/**
 * A savepoint of a job that no run has taken: empty at first. Its sources begin at their beginning.
 * Throws what building the job throws.
 */
export function emptySavepoint(
  platform: StoragePlatform,
  definition: JobDefinition,
  parameters: Readonly<Record<string, string>>,
): SavepointEdit {
  const { graph } = buildJob(definition, validateParameters(definition, parameters))
  const { job, maxParallelism } = graph
  const steps = graph.steps.flatMap((step): DescribedStep[] => {
    const hash = identityOf(step, maxParallelism)
    if (hash === undefined || step.operator?.keyed !== true) return []
    const watermarks = [Number.NEGATIVE_INFINITY]
    const facts = factsOf(step)
    return [
      { step: step.id, hash, facts, parallelism: 1, segments: [], operators: [[]], watermarks },
    ]
  })
  const plan = { hash: planHash(graph), parallelism: 1, maxParallelism }
  const body: SavepointBody = { job, end: 'continues', plan, steps, idempotentSinks: [] }
  const described = { name: 'new', createdAtMs: platform.clock.now(), body }
  return new OpenSavepoint(platform, '.', described).edit()
}

async function findEntry(
  platform: StoragePlatform,
  folder: string,
  id: number | 'latest',
): Promise<CheckpointEntry> {
  const storage = createStorage(platform, folder)
  const floor = await storage.readFloor()
  const positions = (await storage.listPositions()).filter((position) => position > floor)
  for (const position of positions.toReversed()) {
    const bytes = await storage.readEntry(position)
    if (bytes === undefined) continue
    const found = decodeEntry(bytes, logPosition(position))
    if (found.kind !== 'entry') {
      // An older one would be told as the newest.
      if (id !== 'latest') continue
      if (found.kind === 'damaged') {
        throw unreadableEntry(found, logPosition(position), storage.location)
      }
      throw newerEntry(found.format, position, storage.location)
    }
    const { entry } = found
    if (entry.kind !== 'checkpoint') continue
    if (id === 'latest' || entry.checkpoint === id) return entry
  }
  throw new SluiceError(
    'CHECKPOINT_NOT_FOUND',
    id === 'latest'
      ? `There is no checkpoint in ${storage.location}.`
      : `Checkpoint ${id} is not in ${storage.location}.`,
    { hint: 'See `sluice checkpoint list`.' },
  )
}

function newerEntry(format: number, position: number, location: string): SluiceError {
  return new SluiceError(
    'CHECKPOINT_FORMAT_NEWER',
    `Entry ${position} of the checkpoint log in ${location} has format ${format}, which is newer ` +
      'than this version of Sluice.',
    { hint: 'Read it with the version of Sluice that wrote it, or a newer one.' },
  )
}
