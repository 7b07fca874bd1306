// The local copies of one step and subtask on the disk: a folder each, and beside it a file that
// says what it holds. A folder without its file counts for nothing. At most the copy of the newest
// complete checkpoint and of those under way are kept; every failure means no copy, and is no more
// than a line in the log.

import type { FileSystem, Logger } from '@sluice/core/connector'
import { removeTree } from '../../../storage/remove-tree.ts'
import { readWhole, writeWhole } from '../../../storage/whole-file.ts'
import { checksumOf } from '../../segment/content-checksum.ts'
import type { SegmentRef } from '../../state-backend.ts'
import { type CopyKeeper, holdsExactly, type StateCopy } from './state-copy.ts'

/** The version of the file; another one is not read. */
const FORMAT = 'sluice-copy-2'
const FACTS = '.json'
const UNFINISHED = '.making'

export interface LocalCopiesOptions {
  readonly files: FileSystem
  readonly log: Logger
  /** Of this step and subtask, in all attempts of a log. */
  readonly folder: string
  readonly logId: string
  readonly generation: number
}

export class LocalCopies implements CopyKeeper {
  readonly #options: LocalCopiesOptions
  /** Checkpoints of which this attempt made a copy. */
  readonly #made = new Set<number>()

  constructor(options: LocalCopiesOptions) {
    this.#options = options
  }

  /**
   * Moves the copy that holds exactly these segments to a folder that is not there yet, and removes
   * all others. Undefined where there is none: a copy is used once.
   */
  async takeTo(path: string, segments: readonly SegmentRef[]): Promise<StateCopy | undefined> {
    const { files, folder } = this.#options
    try {
      await files.makeDirectory(folder)
      const found = segments.length === 0 ? undefined : await this.#find(segments)
      if (found !== undefined) {
        await files.remove(found.place + FACTS)
        await files.rename(found.place, path)
      }
      for (const name of await files.list(folder)) await removeTree(files, `${folder}/${name}`)
      return found?.copy
    } catch (error) {
      this.#say('A local copy of the state is not used.', error)
      return undefined
    }
  }

  async #find(
    segments: readonly SegmentRef[],
  ): Promise<{ readonly place: string; readonly copy: StateCopy } | undefined> {
    const { files, folder } = this.#options
    for (const name of await files.list(folder)) {
      if (!name.endsWith(FACTS)) continue
      const place = `${folder}/${name.slice(0, -FACTS.length)}`
      const bytes = await readWhole(files, place + FACTS)
      const copy = bytes === undefined ? undefined : copyFrom(bytes)
      if (copy !== undefined && holdsExactly(copy, segments)) return { place, copy }
    }
    return undefined
  }

  place(checkpoint: number): string {
    this.#made.add(checkpoint)
    return `${this.#options.folder}/${this.#options.generation}-${checkpoint}`
  }

  mark(checkpoint: number): string {
    const { logId, generation } = this.#options
    return `${logId}/${generation}/${checkpoint}`
  }

  async keep(checkpoint: number, copy: StateCopy): Promise<void> {
    const { files, folder } = this.#options
    const place = this.place(checkpoint)
    try {
      await writeWhole(files, place + UNFINISHED, [bytesOf(copy)])
      await files.rename(place + UNFINISHED, place + FACTS)
      await files.syncDirectory(folder)
    } catch (error) {
      this.drop(checkpoint, error)
    }
  }

  drop(checkpoint: number, why?: unknown): void {
    if (why !== undefined) this.#say('There is no local copy of the state.', why)
    const place = this.place(checkpoint)
    this.#made.delete(checkpoint)
    this.#remove(place).catch((error) => this.#say('A local copy was not removed.', error))
  }

  opened(isUsed: boolean): void {
    const { log, folder } = this.#options
    if (isUsed) log.info('State goes on from its local copy.', { folder })
    else log.info('A local copy of the state does not fit and is not used.', { folder })
  }

  completed(checkpoint: number): void {
    for (const made of this.#made) if (made < checkpoint) this.drop(made)
  }

  /** First what makes it count. */
  async #remove(place: string): Promise<void> {
    const { files } = this.#options
    await files.remove(place + FACTS)
    await files.remove(place + UNFINISHED)
    await removeTree(files, place)
  }

  #say(message: string, error: unknown): void {
    const { log, folder } = this.#options
    log.debug(message, { folder, error: String(error) })
  }
}

/** A checksum in front, because a file may be torn or damaged and still be JSON. */
function bytesOf(copy: StateCopy): Uint8Array {
  const body = Buffer.from(JSON.stringify(copy))
  return Buffer.concat([Buffer.from(`${FORMAT} ${checksumOf(body)}\n`), body])
}

function copyFrom(bytes: Uint8Array): StateCopy | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = text.indexOf('\n')
  const body = text.subarray(end + 1)
  if (text.toString('latin1', 0, end) !== `${FORMAT} ${checksumOf(body)}`) return undefined
  return JSON.parse(body.toString()) as StateCopy
}
