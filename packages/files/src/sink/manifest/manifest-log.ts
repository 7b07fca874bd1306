// The manifests of one history, as its committer appends to them. The number of a checkpoint's
// manifest is one more than those of the checkpoints before it, which are complete when it is
// written; so two runs that write it at the same time write the same bytes under the same name.

import { type FileSystem, FileSystemError, SluiceError } from '@sluice/core/connector'
import type { CommittedFile } from '../committed-file.ts'
import { listOrNone, readWhole, writeAside } from '../file-content.ts'
import { encodeManifest, type Manifest, readManifest } from './manifest.ts'
import {
  hiddenName,
  joinPath,
  manifestFolder,
  manifestName,
  manifestNumber,
  parentOf,
  type SinkHistory,
  stagingFolder,
} from '../sink-folder.ts'

const beginName = 'begin.json'

export class ManifestLog {
  readonly #files: FileSystem
  readonly #history: SinkHistory
  readonly #generation: number
  readonly #folder: string
  /** A number below which all manifests are known to be there. */
  #known: number | undefined
  #appends: Promise<void> = Promise.resolve()
  /** The hidden file of a write that failed. */
  #leftAside: string | undefined

  constructor(files: FileSystem, history: SinkHistory, generation: number) {
    this.#files = files
    this.#history = history
    this.#generation = generation
    this.#folder = manifestFolder(history)
  }

  /** Leaves a durable trace that this history has published something. */
  async begin(): Promise<void> {
    const path = joinPath(this.#folder, beginName)
    const { job, sink, logId } = this.#history
    const bytes = new TextEncoder().encode(`${JSON.stringify({ version: 1, job, sink, logId })}\n`)
    if ((await this.#present(path, bytes)) === 'same') return
    await this.#write(0, path, bytes)
  }

  /** Appends the manifest of a checkpoint unless it stands already. Durable. One at a time. */
  async append(checkpoint: number, published: readonly CommittedFile[]): Promise<void> {
    const append = this.#appends.then(() => this.#append(checkpoint, published))
    this.#appends = append.then(
      () => undefined,
      () => undefined,
    )
    await append
  }

  /** Whether a manifest at or after this checkpoint says that this very file was published. */
  async holds(checkpoint: number, file: CommittedFile): Promise<boolean> {
    for (let number = await this.#lastNumber(); number > 0; number--) {
      const manifest = await this.#read(number)
      if (manifest.checkpoint < checkpoint) return false
      const listed = manifest.files.find((each) => each.file === file.file)
      if (listed !== undefined) {
        return listed.sizeBytes === file.sizeBytes && listed.crc32 === file.crc32
      }
    }
    return false
  }

  async #append(checkpoint: number, published: readonly CommittedFile[]): Promise<void> {
    const { job, sink, logId } = this.#history
    const bytes = encodeManifest({ version: 1, job, sink, logId, checkpoint, files: published })
    let number = await this.#lastNumber()
    while (number > 0 && (await this.#read(number)).checkpoint > checkpoint) number--
    const newest = number > 0 ? await this.#read(number) : undefined
    if (newest?.checkpoint !== checkpoint) number++
    const path = joinPath(this.#folder, manifestName(number))
    const present = await this.#present(path, bytes)
    if (present === 'other') throw this.#contradiction(path, checkpoint)
    if (present === 'none') await this.#write(checkpoint, path, bytes)
  }

  /**
   * What is hidden in the name of this run no sweep of its own takes for an orphan: so it goes when
   * another run has written the manifest meanwhile.
   */
  async #removeLeft(): Promise<void> {
    if (this.#leftAside === undefined) return
    await this.#files.remove(this.#leftAside)
    this.#leftAside = undefined
  }

  /** What stands under this name, by one look; what is the same is durable when this returns. */
  async #present(path: string, bytes: Uint8Array): Promise<'none' | 'same' | 'other'> {
    let found: Uint8Array
    try {
      found = await readWhole(this.#files, path)
    } catch (error) {
      if (error instanceof FileSystemError && error.kind === 'not-found') return 'none'
      throw error
    }
    if (!sameBytes(found, bytes)) return 'other'
    await this.#files.syncDirectory(parentOf(path))
    await this.#removeLeft()
    return 'same'
  }

  /** Aside under a name that a sweep recognises, should this run die in between. */
  async #write(checkpoint: number, path: string, bytes: Uint8Array): Promise<void> {
    const name = hiddenName({ generation: this.#generation, checkpoint, part: 'manifest' })
    const aside = joinPath(stagingFolder(this.#history), name)
    this.#leftAside = aside
    await writeAside(this.#files, aside, path, bytes)
    this.#leftAside = undefined
  }

  async #lastNumber(): Promise<number> {
    this.#known ??= await this.#listedNumber()
    // A listing may be stale, and another run may have appended.
    while ((await readManifest(this.#files, this.#folder, this.#known + 1)) !== undefined) {
      this.#known++
    }
    return this.#known
  }

  async #listedNumber(): Promise<number> {
    const names = await listOrNone(this.#files, this.#folder)
    return Math.max(0, ...names.slice(-3).map((name) => manifestNumber(name) ?? 0))
  }

  async #read(number: number): Promise<Manifest> {
    const manifest = await readManifest(this.#files, this.#folder, number)
    if (manifest !== undefined) return manifest
    const path = joinPath(this.#folder, manifestName(number))
    throw new SluiceError('COMMIT_IMPOSSIBLE', `The manifest ${path} is missing.`, {
      where: { sink: this.#history.sink, file: path },
      hint: 'Manifests must not be removed: readers find results through them. Put it back.',
    })
  }

  #contradiction(path: string, checkpoint: number): SluiceError {
    return new SluiceError(
      'COMMIT_IMPOSSIBLE',
      `The manifest ${path} does not say what checkpoint ${checkpoint} has published.`,
      {
        where: { sink: this.#history.sink, checkpoint, file: path },
        hint: 'It was changed by hand or damaged. Put it back, or remove it if it is the newest.',
      },
    )
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
