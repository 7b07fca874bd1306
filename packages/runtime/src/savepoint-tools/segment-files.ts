// Segments as files that are read in parts, so that a tool never holds more of a state in memory
// than it shows. Reads only.

import { type FileSystem, FileSystemError } from '@sluice/core/connector'
import { SluiceError } from '@sluice/core/internal'

/** One segment. */
export interface SegmentFile {
  readonly sizeBytes: number
  /** Throws CHECKPOINT_DAMAGED where the file ends before. */
  read(offset: number, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

/** The folder in which the segments of a checkpoint or savepoint are. */
export class SegmentFolder {
  readonly path: string
  readonly #files: FileSystem

  constructor(files: FileSystem, path: string) {
    this.#files = files
    this.path = path
  }

  /** Throws CHECKPOINT_DAMAGED for a file that is missing, STORAGE_FAILED for one that resists. */
  async open(name: string): Promise<SegmentFile> {
    const path = `${this.path}/${name}`
    try {
      const handle = await this.#files.open(path, 'read')
      const { sizeBytes } = await handle.stat()
      return {
        sizeBytes,
        read: async (offset, length) => {
          const bytes = new Uint8Array(length)
          let filled = 0
          while (filled < length) {
            const read = await handle.read(bytes.subarray(filled), offset + filled)
            if (read === 0) throw damagedFile(path, `it ends at byte ${offset + filled}`)
            filled += read
          }
          return bytes
        },
        close: () => handle.close(),
      }
    } catch (error) {
      if (error instanceof FileSystemError && error.kind === 'not-found') {
        throw damagedFile(path, 'it is missing')
      }
      throw SluiceError.from(error, 'STORAGE_FAILED', `The segment ${path} cannot be read`)
    }
  }
}

function damagedFile(path: string, why: string): SluiceError {
  return new SluiceError('CHECKPOINT_DAMAGED', `The segment ${path} is damaged: ${why}.`, {
    hint: 'Put the file back from a copy, or take another checkpoint.',
    where: { file: path },
  })
}
