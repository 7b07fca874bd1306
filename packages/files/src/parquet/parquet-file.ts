// Parquet files as the task sees them: it reads the bytes that a plan names and leaves everything
// that takes long to an I/O thread.

import {
  type ConnectorContext,
  type Counter,
  type FileHandle,
  SluiceError,
} from '@sluice/core/connector'
import type { FileSplit, KnownFile } from '../split/file-split.ts'
import { changedError, checkUnchanged } from '../split/source-change.ts'
import type {
  ByteRange,
  DecodeArgument,
  FooterArgument,
  FooterPlan,
  RowChunk,
} from './row-group-decoder.ts'

const decoder = new URL(
  `./row-group-decoder${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
).href

/** Magic and length of the footer. */
const trailerBytes = 8
const firstReadBytes = 64 * 1024
const magic = 'PAR1'

/**
 * Reads the footers of files; keeps the last plan, since splits of one file mostly follow each
 * other.
 */
export class ParquetFiles {
  readonly #context: ConnectorContext
  readonly #columns: readonly string[] | undefined
  #last: { readonly path: string; readonly plan: FooterPlan } | undefined

  constructor(context: ConnectorContext, columns: readonly string[] | undefined) {
    this.#context = context
    this.#columns = columns
  }

  /** What the footer of a file says. Throws SOURCE_CHANGED and RECORD_MALFORMED. */
  async plan(file: KnownFile): Promise<FooterPlan> {
    const handle = await this.#open(file)
    try {
      return await this.#plan(file, handle)
    } finally {
      await handle.close()
    }
  }

  /** The rows of a row group from the split's position on. */
  async *rows(split: FileSplit, bytesRead: Counter): AsyncGenerator<RowChunk> {
    const { file } = split
    const handle = await this.#open(file)
    let argument: DecodeArgument
    try {
      const { metadata, columns, rowGroups } = await this.#plan(file, handle)
      const plan = rowGroups[split.start]
      const rowGroup = metadata.row_groups[split.start]
      if (plan === undefined || rowGroup === undefined) {
        const change = `it has ${rowGroups.length} row groups`
        throw changedError(file, await handle.stat(), change)
      }
      const pieces = []
      for (const range of plan.ranges) {
        pieces.push({ start: range.start, bytes: await readRange(handle, range, file) })
        bytesRead.add(range.end - range.start)
      }
      checkUnchanged(file, await handle.stat(), false)
      const fromRow = split.position ?? 0
      argument = { metadata: { ...metadata, row_groups: [rowGroup] }, columns, pieces, fromRow }
    } finally {
      await handle.close()
    }
    try {
      yield* this.#context.offload<RowChunk>(decoder, 'decodeRowGroup', argument)
    } catch (error) {
      throw undecodable(error, file, `row group ${split.start}`)
    }
  }

  async #open(file: KnownFile): Promise<FileHandle> {
    const stat = await this.#context.files.stat(file.path)
    checkUnchanged(file, stat, false)
    return await this.#context.files.open(file.path, 'read')
  }

  async #plan(file: KnownFile, handle: FileHandle): Promise<FooterPlan> {
    if (this.#last?.path === file.path) return this.#last.plan
    checkUnchanged(file, await handle.stat(), false)
    const argument: FooterArgument = {
      footer: await readFooter(handle, file),
      columns: this.#columns,
    }
    try {
      const plans = this.#context.offload<FooterPlan>(decoder, 'planFooter', argument)
      for await (const plan of plans) {
        this.#last = { path: file.path, plan }
        return plan
      }
    } catch (error) {
      throw undecodable(error, file, 'its footer')
    }
    throw new SluiceError('INVARIANT_BROKEN', 'Reading a footer gave no plan.')
  }
}

async function readFooter(handle: FileHandle, file: KnownFile): Promise<Uint8Array> {
  const { sizeBytes } = file
  const tail = await readRange(
    handle,
    { start: Math.max(0, sizeBytes - firstReadBytes), end: sizeBytes },
    file,
  )
  const trailer = tail.subarray(Math.max(0, tail.length - trailerBytes))
  if (trailer.length < trailerBytes || new TextDecoder().decode(trailer.subarray(4)) !== magic) {
    throw undecodable(new Error('it does not end with PAR1'), file, 'its footer')
  }
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.length)
  const footerBytes = view.getUint32(0, true) + trailerBytes
  if (footerBytes > sizeBytes) {
    throw undecodable(new Error('its footer would be larger than the file'), file, 'its footer')
  }
  if (footerBytes <= tail.length) return tail.subarray(tail.length - footerBytes)
  return await readRange(handle, { start: sizeBytes - footerBytes, end: sizeBytes }, file)
}

async function readRange(
  handle: FileHandle,
  { start, end }: ByteRange,
  file: KnownFile,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  for (let length = 0; length < bytes.length; ) {
    const count = await handle.read(bytes.subarray(length), start + length)
    if (count === 0) {
      throw changedError(file, await handle.stat(), `it ends at byte ${start + length}`)
    }
    length += count
  }
  return bytes
}

function undecodable(error: unknown, file: KnownFile, part: string): SluiceError {
  if (error instanceof SluiceError && error.code !== 'WORKER_DIED') return error
  if (error instanceof SluiceError) return error.at({ file: file.path })
  return SluiceError.from(error, 'RECORD_MALFORMED', `${file.path}: ${part} cannot be decoded`, {
    file: file.path,
  })
}
