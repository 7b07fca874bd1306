// Writes a savepoint so that it is there whole, durable and verified, or not at all:
//
//   hidden folder ─▶ segments, synced ─▶ read back ─▶ manifest, synced ─▶ renamed to its name
//
// Whoever finds a hidden folder of a dead owner takes it away by renaming it first. From then on
// its owner, were it only asleep, finds nothing there to rename, and no savepoint appears with
// parts missing.

import { FileSystemError } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import { checksumOf } from '../../state/segment/content-checksum.ts'
import { folderNames } from '../../storage/folder-names.ts'
import { removeTree } from '../../storage/remove-tree.ts'
import { storageError } from '../../storage/storage-errors.ts'
import type { StoragePlatform } from '../../storage/storage-platform.ts'
import { readWhole, writeWhole } from '../../storage/whole-file.ts'
import type { SegmentReference } from '../protocol/log/entry.ts'
import { encodeSavepoint } from './savepoint-codec.ts'
import { manifestName, parentOf, SavepointFolder } from './savepoint-folder.ts'
import { type SavepointOwner, unfinishedName } from './savepoint-name.ts'
import { type Savepoint, segmentsOf } from './savepoint.ts'
import { sweepUnfinished } from './unfinished-savepoints.ts'

/** How far the writing of a savepoint is. */
export interface SavepointProgress {
  readonly segments: number
  readonly segmentsDone: number
  readonly bytes: number
  readonly bytesDone: number
}

export interface SavepointWriting {
  /** Where it is to lie; what is there already is never touched. */
  readonly folder: string
  readonly savepoint: Savepoint
  /** Gives the bytes of a segment; they are compared with what the savepoint says of them. */
  readonly readSegment: (segment: SegmentReference) => Promise<Uint8Array>
  readonly owner: SavepointOwner
  readonly progress?: (progress: SavepointProgress) => void
  /** Throws when the work is to end; what was begun is removed. */
  readonly check?: () => void
}

/**
 * Resolves with the savepoint that stands in the folder: this one, or one of the same checkpoint
 * that stood there already. Throws SAVEPOINT_EXISTS where another is there.
 */
export async function writeSavepoint(
  platform: StoragePlatform,
  writing: SavepointWriting,
): Promise<Savepoint> {
  const { folder, owner } = writing
  const parent = parentOf(folder)
  try {
    const standing = await standingAt(platform, writing)
    if (standing !== undefined) return standing
  } catch (error) {
    throw storageError(`looking for the savepoint ${folder}`, parent, error)
  }
  await sweepUnfinished(platform, parent, owner)
  const hidden = `${parent}/${unfinishedName('under-way', owner, platform.random.hex(8))}`
  try {
    await fill(platform, hidden, writing)
    writing.check?.()
    return await publish(platform, hidden, writing)
  } catch (error) {
    await discard(platform, hidden)
    throw storageError(`writing the savepoint ${folder}`, parent, error)
  }
}

async function fill(
  { files }: StoragePlatform,
  hidden: string,
  { savepoint, readSegment, progress, check }: SavepointWriting,
): Promise<void> {
  const segments = segmentsOf(savepoint.steps)
  const bytesOf = (some: readonly SegmentReference[]): number =>
    some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const bytes = bytesOf(segments)
  await files.makeDirectory(`${hidden}/segments`)
  const inside = new SavepointFolder({ files }, hidden)
  for (const [index, segment] of segments.entries()) {
    check?.()
    const done = segments.slice(0, index)
    progress?.({ segments: segments.length, segmentsDone: index, bytes, bytesDone: bytesOf(done) })
    const content = await readSegment(segment)
    if (content.length !== segment.sizeBytes || checksumOf(content) !== segment.checksum) {
      throw damagedSource(segment)
    }
    await writeWhole(files, inside.segmentPath(segment.name), [content])
  }
  await files.syncDirectory(`${hidden}/segments`)
  const faults = await inside.verify(savepoint, check)
  const [fault] = faults
  if (fault !== undefined) {
    const what = `Segment ${fault.name} does not read back as it was written: ${fault.detail}.`
    throw new SluiceError('STORAGE_FAILED', what, { hint: 'Look at the disk.' })
  }
  const manifest = encodeSavepoint(savepoint)
  await writeWhole(files, `${hidden}/${manifestName}`, [manifest])
  const read = await readWhole(files, `${hidden}/${manifestName}`)
  if (read === undefined || checksumOf(read) !== checksumOf(manifest)) {
    throw new SluiceError('STORAGE_FAILED', 'The manifest of a savepoint does not read back.')
  }
  await files.syncDirectory(hidden)
  progress?.({ segments: segments.length, segmentsDone: segments.length, bytes, bytesDone: bytes })
}

/** The rename is the instant at which there is a savepoint. */
async function publish(
  platform: StoragePlatform,
  hidden: string,
  writing: SavepointWriting,
): Promise<Savepoint> {
  const { folder, savepoint } = writing
  try {
    await platform.files.rename(hidden, folder)
  } catch (error) {
    // The answer may have been lost, and another may have been first.
    const standing = await standingAt(platform, writing)
    if (standing === undefined) throw withoutFolder(error, folder)
    if (standing.id !== savepoint.id) {
      await discard(platform, hidden)
      return standing
    }
  }
  await platform.files.syncDirectory(parentOf(folder))
  return savepoint
}

/** What stands in the folder already, if it may count as what is to be written. */
async function standingAt(
  platform: StoragePlatform,
  { folder, savepoint }: SavepointWriting,
): Promise<Savepoint | undefined> {
  const found = new SavepointFolder(platform, folder)
  const standing = await found.find()
  if (standing !== undefined) {
    const { origin } = standing
    const isSame =
      standing.id === savepoint.id ||
      (origin !== null &&
        origin.logId === savepoint.origin?.logId &&
        origin.position === savepoint.origin.position)
    if (!isSame) throw taken(folder, `the savepoint '${standing.name}' is there`)
    // A run that claimed it may have died while it removed it.
    const faults = await found.verify(standing)
    if (faults.length > 0) throw taken(folder, 'a damaged savepoint is there')
    // Another run may have renamed it and died before the name was durable.
    await platform.files.syncDirectory(parentOf(folder))
    return standing
  }
  const names = await namesIn(platform, folder)
  if (names.length > 0) throw taken(folder, 'it is there and not empty')
  return undefined
}

async function namesIn({ files }: StoragePlatform, folder: string): Promise<readonly string[]> {
  try {
    return await folderNames(files, folder)
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-a-directory') {
      throw taken(folder, 'it is a file')
    }
    throw error
  }
}

/** What cannot be removed now is removed by the next run, or by `sluice checkpoint gc`. */
async function discard(platform: StoragePlatform, hidden: string): Promise<void> {
  try {
    await removeTree(platform.files, hidden)
  } catch (error) {
    platform.log.warn('An unfinished savepoint could not be removed.', {
      path: hidden,
      error: String(error),
    })
  }
}

function taken(folder: string, what: string): SluiceError {
  return new SluiceError('SAVEPOINT_EXISTS', `No savepoint can be written to ${folder}: ${what}.`, {
    hint: 'Choose another name or folder, or remove that one if nobody needs it.',
    where: { file: folder },
  })
}

function withoutFolder(error: unknown, folder: string): unknown {
  if (!(error instanceof FileSystemError) || error.kind !== 'not-found') return error
  return new SluiceError(
    'STORAGE_FAILED',
    `The savepoint ${folder} was removed while it was being written.`,
    {
      hint: 'A newer run of the job takes what an older one left unfinished. Ask that one.',
      cause: error,
    },
  )
}

function damagedSource({ name, step }: SegmentReference): SluiceError {
  return new SluiceError(
    'CHECKPOINT_DAMAGED',
    `Segment ${name} is not what its checkpoint says, so no savepoint is made of it.`,
    {
      hint: 'Look at the checkpoints with `sluice checkpoint verify`.',
      where: { step },
    },
  )
}
