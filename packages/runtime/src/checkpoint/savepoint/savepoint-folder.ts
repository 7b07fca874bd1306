// Reads a savepoint in its folder: `savepoint`, its manifest, and `segments/`. Everything is named
// relative to the folder, so it may lie anywhere. Nothing here writes.

import { type FileStat, FileSystemError } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'
import { checksumOf } from '../../state/segment/content-checksum.ts'
import { storageError } from '../../storage/storage-errors.ts'
import type { StoragePlatform } from '../../storage/storage-platform.ts'
import { readWhole } from '../../storage/whole-file.ts'
import type { SegmentReference } from '../protocol/log/entry.ts'
import { decodeSavepoint } from './savepoint-codec.ts'
import { type Savepoint, segmentsOf } from './savepoint.ts'

/** The file whose presence says that a folder is a savepoint. */
export const manifestName = 'savepoint'

/** What is wrong with a segment. */
export interface SegmentFault {
  readonly kind: 'missing' | 'damaged'
  readonly name: string
  readonly detail: string
}

export class SavepointFolder {
  readonly path: string
  readonly #platform: Pick<StoragePlatform, 'files'>
  /** Names of segments. */
  readonly #foundRight = new Set<string>()

  constructor(platform: Pick<StoragePlatform, 'files'>, path: string) {
    this.#platform = platform
    this.path = path
  }

  /** The manifest; undefined where the folder has none, so that it is no savepoint. */
  async find(): Promise<Savepoint | undefined> {
    const path = `${this.path}/${manifestName}`
    const bytes = await this.#read(path)
    if (bytes === undefined) return undefined
    const found = decodeSavepoint(bytes)
    if (found.kind === 'savepoint') return found.savepoint
    const where = { file: path }
    if (found.kind === 'newer') {
      throw new SluiceError(
        'CHECKPOINT_FORMAT_NEWER',
        `The savepoint in ${this.path} has format ${found.format}, which is newer than this ` +
          'version of Sluice.',
        { hint: 'Use the version of Sluice that wrote it, or a later one.', where },
      )
    }
    throw new SluiceError(
      'CHECKPOINT_DAMAGED',
      `The savepoint in ${this.path} is damaged: ${found.reason}.`,
      { hint: 'Copy it again from where it was made.', where },
    )
  }

  /**
   * The manifest. Throws CHECKPOINT_NOT_FOUND where the folder is no savepoint, CHECKPOINT_DAMAGED
   * where it is one whose manifest is gone.
   */
  async read(): Promise<Savepoint> {
    const savepoint = await this.find()
    if (savepoint !== undefined) return savepoint
    throw await this.missing()
  }

  /** The error for a folder in which no manifest is. */
  async missing(): Promise<SluiceError> {
    const has = async (name: string): Promise<boolean> => {
      return (await this.#stat(`${this.path}/${name}`))?.kind === 'directory'
    }
    if (await has('log')) {
      return new SluiceError(
        'CHECKPOINT_NOT_FOUND',
        `${this.path} is a folder of checkpoints, and no savepoint.`,
        { hint: 'Name it with --checkpoints; a savepoint is made with `sluice savepoint create`.' },
      )
    }
    if (await has('segments')) {
      const file = `${this.path}/${manifestName}`
      return new SluiceError(
        'CHECKPOINT_DAMAGED',
        `The savepoint in ${this.path} is damaged: its manifest is missing.`,
        { hint: 'Copy it again from where it was made.', where: { file } },
      )
    }
    return new SluiceError('CHECKPOINT_NOT_FOUND', `There is no savepoint in ${this.path}.`, {
      hint: "A savepoint is a folder with a file 'savepoint'; `sluice savepoint list` shows them.",
    })
  }

  /** The bytes of a segment, compared with what the manifest says of it. */
  async readSegment(segment: SegmentReference): Promise<Uint8Array> {
    const found = await this.#checked(segment)
    if (found instanceof Uint8Array) return found
    throw this.#damaged(segment, found)
  }

  /**
   * Throws CHECKPOINT_DAMAGED unless all segments are what the manifest says. What was found right
   * once is not read again: whoever asks anew, because a log went on meanwhile, gets an answer
   * before it goes on once more. What is copied is compared again then.
   */
  async check(savepoint: Savepoint): Promise<void> {
    const segments = segmentsOf(savepoint.steps)
    // First what costs nothing to find.
    for (const segment of segments) {
      const stat = await this.#stat(this.segmentPath(segment.name))
      const sizeBytes = stat?.kind === 'file' ? stat.sizeBytes : undefined
      const fault = sizeFault(segment, sizeBytes)
      if (fault !== undefined) throw this.#damaged(segment, fault)
    }
    for (const segment of segments) {
      if (this.#foundRight.has(segment.name)) continue
      await this.readSegment(segment)
      this.#foundRight.add(segment.name)
    }
  }

  /** Reads all segments; returns what is wrong with them. */
  async verify(
    savepoint: Savepoint,
    progress: (done: number, total: number) => void = () => {},
  ): Promise<SegmentFault[]> {
    const segments = segmentsOf(savepoint.steps)
    const faults: SegmentFault[] = []
    for (const [index, segment] of segments.entries()) {
      const found = await this.#checked(segment)
      if (!(found instanceof Uint8Array)) faults.push(found)
      progress(index + 1, segments.length)
    }
    return faults
  }

  segmentPath(name: string): string {
    return `${this.path}/segments/${name}`
  }

  async #checked(segment: SegmentReference): Promise<Uint8Array | SegmentFault> {
    const { name, checksum } = segment
    const bytes = await this.#read(this.segmentPath(name))
    const fault = sizeFault(segment, bytes?.length)
    if (fault !== undefined) return fault
    if (bytes !== undefined && checksumOf(bytes) === checksum) return bytes
    return { kind: 'damaged', name, detail: 'its checksum does not match' }
  }

  #damaged({ name, step }: SegmentReference, { detail }: SegmentFault): SluiceError {
    return new SluiceError(
      'CHECKPOINT_DAMAGED',
      `The savepoint in ${this.path} is damaged: segment ${name}: ${detail}.`,
      {
        hint: 'Copy the savepoint again from where it was made.',
        where: { file: this.segmentPath(name), step },
      },
    )
  }

  async #stat(path: string): Promise<FileStat | undefined> {
    try {
      return await this.#platform.files.stat(path)
    } catch (error) {
      // A part of the path that is a file.
      if (error instanceof FileSystemError && error.kind === 'not-a-directory') return undefined
      throw storageError('reading a savepoint', this.path, error)
    }
  }

  async #read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readWhole(this.#platform.files, path)
    } catch (error) {
      // A part of the path that is a file: there is no savepoint.
      if (error instanceof FileSystemError && error.kind === 'not-a-directory') return undefined
      if (error instanceof FileSystemError && error.kind === 'is-a-directory') return undefined
      throw storageError('reading a savepoint', this.path, error)
    }
  }
}

/** What is wrong with a segment of which so many bytes are there; undefined where nothing is. */
function sizeFault(
  { name, sizeBytes: expected }: SegmentReference,
  sizeBytes: number | undefined,
): SegmentFault | undefined {
  if (sizeBytes === undefined) return { kind: 'missing', name, detail: 'it is not there' }
  if (sizeBytes === expected) return undefined
  return { kind: 'damaged', name, detail: `it has ${sizeBytes} bytes instead of ${expected}` }
}

/** The folder in which a folder lies. */
export function parentOf(folder: string): string {
  const at = folder.replace(/\/+$/, '').lastIndexOf('/')
  if (at < 0) return '.'
  return at === 0 ? '/' : folder.slice(0, at)
}
