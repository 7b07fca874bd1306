// One hidden part file of a writer: takes encoded rows at once, writes them behind, and counts what
// a reader will need to know it again (length, checksum, records).
//
//   accepting --seal()--> accepting, chunks wait --write()--> on disk
//   accepting --finish()--> synced and closed --prepare()--> named for the committer

import { crc32 } from 'node:zlib'
import type { FileHandle, FileSystem } from '@sluice/core/connector'
import { joined } from '../bytes/joined.ts'
import type { Row } from './row-encoder.ts'

/** Turns rows into the bytes of the file: nothing, or blocks of a compression. */
export type BlockEncoder = (block: Uint8Array) => Promise<Uint8Array>

export interface PartFileOptions {
  readonly files: FileSystem
  readonly folder: string
  /** The name while it is being written. */
  readonly hidden: string
  readonly part: string
  readonly bucket: string
  readonly openedAtMs: number
  readonly preamble: string
  readonly compress: BlockEncoder | undefined
}

const encoder = new TextEncoder()

export class PartFile {
  readonly part: string
  readonly bucket: string
  readonly openedAtMs: number
  readonly path: string
  readonly #options: PartFileOptions
  /** Rows that are not sealed yet: those that are text, or those that are bytes. */
  #text: string
  #bytes: Uint8Array[] = []
  #unsealedLength: number
  /** Sealed blocks that wait to be written. */
  readonly #blocks: Uint8Array[] = []
  #handle: FileHandle | undefined
  #records = 0
  /** Size of the rows taken, uncompressed, about right before the text is encoded. */
  #takenBytes = 0
  #writtenBytes = 0
  #checksum = 0

  constructor(options: PartFileOptions) {
    this.#options = options
    this.part = options.part
    this.bucket = options.bucket
    this.openedAtMs = options.openedAtMs
    this.path = `${options.folder}/${options.hidden}`
    this.#text = options.preamble
    this.#unsealedLength = options.preamble.length
  }

  get takenBytes(): number {
    return this.#takenBytes
  }

  get sizeBytes(): number {
    return this.#writtenBytes
  }

  get crc32(): number {
    return this.#checksum
  }

  get records(): number {
    return this.#records
  }

  get unsealedLength(): number {
    return this.#unsealedLength
  }

  get hasBlocks(): boolean {
    return this.#blocks.length > 0
  }

  /** Takes one row. */
  add(row: Row): void {
    if (typeof row === 'string') this.#text += row
    else this.#bytes.push(row)
    this.#unsealedLength += row.length
    this.#takenBytes += row.length
    this.#records++
  }

  /** Turns the rows so far into blocks that `write` writes; returns their size in bytes. */
  seal(): number {
    if (this.#unsealedLength === 0) return 0
    let sizeBytes = 0
    if (this.#text !== '') {
      const block = encoder.encode(this.#text)
      this.#blocks.push(block)
      sizeBytes += block.length
    }
    if (this.#bytes.length > 0) {
      const block = joined(this.#bytes)
      this.#blocks.push(block)
      sizeBytes += block.length
    }
    this.#text = ''
    this.#bytes = []
    this.#unsealedLength = 0
    return sizeBytes
  }

  /** Writes the oldest block; returns its size before compression. */
  async write(): Promise<number> {
    const block = this.#blocks.shift()
    if (block === undefined) return 0
    this.#handle ??= await this.#options.files.open(this.path, 'create')
    const bytes = this.#options.compress === undefined ? block : await this.#options.compress(block)
    await this.#handle.append(bytes)
    this.#writtenBytes += bytes.length
    this.#checksum = crc32(bytes, this.#checksum)
    return block.length
  }

  /** Makes the content durable and closes the file, once all blocks are written. */
  async finish(): Promise<void> {
    const handle = this.#handle
    if (handle === undefined) return
    await handle.sync()
    this.#handle = undefined
    await handle.close()
  }

  /**
   * Gives the file the name that holds its checkpoint; durable with the next sync of the folder.
   */
  async prepare(preparedName: string): Promise<void> {
    await this.#options.files.rename(this.path, `${this.#options.folder}/${preparedName}`)
  }

  /** Lets go of the file and leaves it where it is. */
  async abandon(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}
