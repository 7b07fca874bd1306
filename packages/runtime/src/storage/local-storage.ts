// Checkpoints in a folder of a file system with hard links: entries in `log/` (written aside,
// synced, linked to their name, the folder synced), segments in `segments/` and notes in `notes/`
// (written aside, synced, renamed), the floor as the highest name in `floor/`; nobody reads
// `aside/`. What was read is durable: an entry that another run has linked and not yet synced is
// synced by its first reader, so no crash takes back what somebody has acted upon.

import { FileSystemError, type FileSystem } from '@sluice/core/connector'
import { assert, SluiceError } from '@sluice/core/internal'
import type { StoragePlatform } from './storage-platform.ts'
import type { AppendOutcome, CheckpointStorage } from './checkpoint-storage.ts'
import { Floor } from './floor.ts'
import { Leftovers } from './leftovers.ts'
import { positionName, positionsIn } from './position-name.ts'
import { storageError } from './storage-errors.ts'
import { readInParts, readWhole, writeWhole } from './whole-file.ts'

const folders = ['log', 'segments', 'notes', 'floor', 'aside'] as const

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** A segment that is read part by part is read in parts of this size. */
const PART_BYTES = 256 * 1024

export class LocalStorage implements CheckpointStorage {
  readonly location: string
  readonly durable = true
  readonly #folder: string
  readonly #files: FileSystem
  readonly #platform: StoragePlatform
  readonly #floor: Floor
  readonly #leftovers: Leftovers
  /** Memory for parts of segments, used again: as many as were read side by side. */
  readonly #spareRooms: Uint8Array[] = []
  /** All entries up to here that were seen by this instance have durable names. */
  #durableUpTo = 0

  constructor(platform: StoragePlatform, folder: string) {
    this.#folder = folder.length > 1 ? folder.replace(/\/+$/, '') : folder
    this.location = `folder ${this.#folder}`
    this.#files = platform.files
    this.#platform = platform
    this.#floor = new Floor(platform.files, this.#path('floor'))
    this.#leftovers = new Leftovers(platform, this.#path('aside'))
  }

  async open(): Promise<void> {
    await this.#attempt('opening', async () => {
      for (const folder of folders) await this.#files.makeDirectory(this.#path(folder))
      await this.#tryOut()
      await this.#leftovers.sweep()
    })
  }

  async append(position: number, bytes: Uint8Array): Promise<AppendOutcome> {
    return await this.#attempt(`writing entry ${position}`, async () => {
      const aside = this.#newAside()
      try {
        const outcome = await this.#link(aside, this.#entryPath(position), bytes)
        // Also where it was taken: a link of ours whose answer was lost may be what took it.
        await this.#files.syncDirectory(this.#path('log'))
        this.#durableUpTo = Math.max(this.#durableUpTo, position)
        return outcome
      } finally {
        await this.#leftovers.removeOne(aside)
        await this.#leftovers.sweepIfDue()
      }
    })
  }

  async readEntry(position: number): Promise<Uint8Array | undefined> {
    return await this.#attempt(`reading entry ${position}`, async () => {
      const bytes = await readWhole(this.#files, this.#entryPath(position))
      if (bytes !== undefined && position > this.#durableUpTo) {
        await this.#files.syncDirectory(this.#path('log'))
        this.#durableUpTo = position
      }
      return bytes
    })
  }

  async listPositions(): Promise<number[]> {
    return await this.#attempt('listing the log', async () => {
      return positionsIn(await this.#files.list(this.#path('log')))
    })
  }

  async deleteEntry(position: number): Promise<void> {
    await this.#attempt(`deleting entry ${position}`, () =>
      this.#files.remove(this.#entryPath(position)),
    )
  }

  async readFloor(): Promise<number> {
    return await this.#attempt('reading the floor', () => this.#floor.read())
  }

  async raiseFloor(position: number): Promise<void> {
    await this.#attempt('raising the floor', () => this.#floor.raise(position))
  }

  async writeSegment(
    name: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await this.#attempt(`writing segment ${name}`, async () => {
      await this.#replace(this.#namedPath('segments', name), chunks)
      await this.#files.syncDirectory(this.#path('segments'))
    })
  }

  async adoptSegment(name: string, path: string): Promise<boolean> {
    return await this.#attempt(`taking segment ${name} over`, async () => {
      try {
        await this.#files.link(path, this.#namedPath('segments', name))
      } catch (error) {
        const kind = error instanceof FileSystemError ? error.kind : 'failed'
        // Another disk, or an answer that was lost: the bytes are copied then. Whoever copies also
        // says what is missing.
        if (kind === 'unsupported' || kind === 'exists' || kind === 'not-found') return false
        throw error
      }
      await this.#syncFile(this.#namedPath('segments', name))
      await this.#files.syncDirectory(this.#path('segments'))
      return true
    })
  }

  /** Whoever has put the file there may not have synced it. */
  async #syncFile(path: string): Promise<void> {
    const handle = await this.#files.open(path, 'read')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async readSegment(name: string): Promise<Uint8Array> {
    return await this.#attempt(`reading segment ${name}`, async () => {
      const path = this.#namedPath('segments', name)
      const bytes = await readWhole(this.#files, path)
      if (bytes === undefined) throw missingSegment(path)
      return bytes
    })
  }

  async readSegmentParts(name: string, see: (part: Uint8Array) => void): Promise<void> {
    await this.#attempt(`reading segment ${name}`, async () => {
      const path = this.#namedPath('segments', name)
      const room = this.#spareRooms.pop() ?? new Uint8Array(PART_BYTES)
      try {
        if (!(await readInParts(this.#files, path, room, see))) throw missingSegment(path)
      } finally {
        this.#spareRooms.push(room)
      }
    })
  }

  async listSegments(): Promise<string[]> {
    return await this.#attempt('listing segments', () => this.#files.list(this.#path('segments')))
  }

  async deleteSegment(name: string): Promise<void> {
    await this.#attempt(`deleting segment ${name}`, () =>
      this.#files.remove(this.#namedPath('segments', name)),
    )
  }

  async writeNote(name: string, bytes: Uint8Array): Promise<void> {
    await this.#attempt(`writing note ${name}`, () =>
      this.#replace(this.#namedPath('notes', name), [bytes]),
    )
  }

  async readNote(name: string): Promise<Uint8Array | undefined> {
    return await this.#attempt(`reading note ${name}`, () =>
      readWhole(this.#files, this.#namedPath('notes', name)),
    )
  }

  async listNotes(): Promise<string[]> {
    return await this.#attempt('listing notes', () => this.#files.list(this.#path('notes')))
  }

  async deleteNote(name: string): Promise<void> {
    await this.#attempt(`deleting note ${name}`, () =>
      this.#files.remove(this.#namedPath('notes', name)),
    )
  }

  /** Writes, links and lists for trial: rights, space, and links that are exclusive. */
  async #tryOut(): Promise<void> {
    const aside = this.#newAside()
    const name = this.#newAside()
    try {
      const first = await this.#link(aside, name, new Uint8Array([1]))
      const second = await this.#linkExclusively(aside, name)
      if (first !== 'created' || second !== 'taken') {
        throw new FileSystemError('unsupported', 'link', name)
      }
      await this.#files.syncDirectory(this.#path('aside'))
      await this.#files.list(this.#path('log'))
    } finally {
      await this.#leftovers.removeOne(name)
      await this.#leftovers.removeOne(aside)
    }
  }

  async #link(aside: string, name: string, bytes: Uint8Array): Promise<AppendOutcome> {
    await writeWhole(this.#files, aside, [bytes])
    return await this.#linkExclusively(aside, name)
  }

  async #linkExclusively(aside: string, name: string): Promise<AppendOutcome> {
    try {
      await this.#files.link(aside, name)
      return 'created'
    } catch (error) {
      if (error instanceof FileSystemError && error.kind === 'exists') return 'taken'
      throw error
    }
  }

  async #replace(
    path: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const aside = this.#newAside()
    try {
      await writeWhole(this.#files, aside, chunks)
      await this.#files.rename(aside, path)
    } catch (error) {
      await this.#leftovers.removeOne(aside)
      throw error
    }
  }

  async #attempt<Result>(doing: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action()
    } catch (error) {
      throw storageError(doing, this.#folder, error)
    }
  }

  #path(folder: (typeof folders)[number]): string {
    return `${this.#folder}/${folder}`
  }

  #newAside(): string {
    return `${this.#path('aside')}/${this.#platform.random.hex(16)}`
  }

  #entryPath(position: number): string {
    return `${this.#path('log')}/${positionName(position)}`
  }

  #namedPath(folder: 'segments' | 'notes', name: string): string {
    assert(plainName.test(name), `a name in the checkpoint storage is a plain file name: ${name}`)
    return `${this.#path(folder)}/${name}`
  }
}

function missingSegment(path: string): SluiceError {
  return new SluiceError('CHECKPOINT_DAMAGED', `The segment ${path} is missing.`, {
    hint: 'Put the file back from a copy, or start from another checkpoint.',
    where: { file: path },
  })
}
