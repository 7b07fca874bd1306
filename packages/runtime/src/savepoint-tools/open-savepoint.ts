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
import { floorOf, logPosition } from '../checkpoint/protocol/identifiers.ts'
import type { ReadBack } from '../checkpoint/protocol/log/append.ts'
import { decodeEntry } from '../checkpoint/protocol/log/entry-codec.ts'
import { SavepointFolder } from '../checkpoint/savepoint/savepoint-folder.ts'
import { type DescribedStep, factsOf, identityOf } from '../restore/step-identity.ts'
import type { CheckpointStorage } from '../storage/checkpoint-storage.ts'
import { createStorage } from '../storage/create-storage.ts'
import type { StoragePlatform } from '../storage/storage-platform.ts'
import { latestCheckpoint, withoutLatest } from './latest-checkpoint.ts'
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
 * A checkpoint of the log in a folder: that from which a run goes on, or the one with this id.
 * Throws CHECKPOINT_NOT_FOUND, CHECKPOINT_DAMAGED and CHECKPOINT_FORMAT_NEWER.
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
  if (id === 'latest') return await latestEntry(storage)
  const floor = await storage.readFloor()
  const positions = (await storage.listPositions()).filter((position) => position > floor)
  for (const position of positions.toReversed()) {
    const found = await readPosition(storage, position)
    if (found.kind !== 'entry' || found.entry.kind !== 'checkpoint') continue
    if (found.entry.checkpoint === id) return found.entry
  }
  throw notFound(`Checkpoint ${id} is not in ${storage.location}.`)
}

/** What a run would go on from, whatever else the log holds. */
async function latestEntry(storage: CheckpointStorage): Promise<CheckpointEntry> {
  for (;;) {
    const floor = floorOf(await storage.readFloor())
    const last = (await storage.listPositions()).at(-1) ?? 0
    const found: ReadBack[] = []
    for (let position = floor + 1; position <= last; position++) {
      found.push(await readPosition(storage, position))
    }
    // A run that goes on may have deleted what was being read.
    if ((await storage.readFloor()) !== floor) continue
    if (found.length === 0) throw notFound(`There is no checkpoint in ${storage.location}.`)
    const latest = latestCheckpoint(storage.location, floor, found)
    if (latest === undefined) throw withoutLatest(storage.location)
    return latest
  }
}

async function readPosition(storage: CheckpointStorage, position: number): Promise<ReadBack> {
  const bytes = await storage.readEntry(position)
  return bytes === undefined ? { kind: 'absent' } : decodeEntry(bytes, logPosition(position))
}

function notFound(what: string): SluiceError {
  return new SluiceError('CHECKPOINT_NOT_FOUND', what, { hint: 'See `sluice checkpoint list`.' })
}
