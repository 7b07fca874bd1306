// The writer of the file sink, one per subtask. It takes rows at once, writes them behind, and at
// each checkpoint leaves complete, durable, hidden part files. Memory is bounded: when too much
// waits to be written it takes no more. A name is opened once in its generation, so a writer that
// sleeps through its successor's start can only ever touch files that are its own.

import {
  type Committable,
  type SinkWriter,
  type WriterContext,
  SluiceError,
} from '@sluice/core/connector'
import type { OutputFormat } from '../format/output-format.ts'
import { type BucketOf, checkBucket } from './bucket.ts'
import { encodePrepared } from './committed-file.ts'
import { type BlockEncoder, PartFile } from './part-file.ts'
import { type Row, rowEncoder } from './row-encoder.ts'
import { writeError } from './sink-errors.ts'
import { hiddenName, partName, unpreparedCheckpoint, visibleName } from './sink-folder.ts'

const blockLength = 256 * 1024
const unwrittenLimit = 8 * 1024 * 1024
/** More buckets than this at a time close the part that was opened first. */
const openPartsLimit = 64

export interface FileWriterOptions<T> {
  readonly folder: string
  readonly format: OutputFormat<T>
  readonly extension: string
  readonly bucket: BucketOf<T> | undefined
  readonly rollEveryMs: number
  readonly rollSizeBytes: number
  readonly compress: BlockEncoder | undefined
}

export class FileWriter<T> implements SinkWriter<T> {
  readonly #context: WriterContext
  readonly #options: FileWriterOptions<T>
  readonly #rowOf: (record: T) => Row
  /** The parts that take rows, by bucket, in the order in which they were opened. */
  readonly #open = new Map<string, PartFile>()
  /** The parts of this epoch that take no more rows. */
  #rolled: PartFile[] = []
  /** Parts with sealed blocks, and rolled ones that wait to be closed. */
  readonly #work = new Set<PartFile>()
  #working: Promise<void> | undefined
  #unwrittenBytes = 0
  #parts = 0
  #failure: SluiceError | undefined
  #waiting: (() => void)[] = []
  #closed = false

  constructor(context: WriterContext, options: FileWriterOptions<T>) {
    this.#context = context
    this.#options = options
    this.#rowOf = rowEncoder(options.format, context.sink)
  }

  write(records: readonly T[], timestamps: Float64Array, from: number, length: number): number {
    this.#throwFailure()
    let index = from
    while (index < length && this.#unwrittenBytes < unwrittenLimit) {
      const record = records[index] as T
      const bucket = this.#bucketOf(record, timestamps[index] as number)
      const part = this.#partFor(bucket)
      part.add(this.#rowOf(record))
      if (part.unsealedLength >= blockLength) this.#seal(part)
      if (part.takenBytes >= this.#options.rollSizeBytes) this.#roll(part)
      index++
    }
    return index - from
  }

  async ready(): Promise<void> {
    while (this.#failure === undefined && this.#unwrittenBytes >= unwrittenLimit / 2) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async prepareCommit(checkpoint: number): Promise<readonly Committable[]> {
    this.#throwFailure()
    for (const part of this.#open.values()) this.#roll(part)
    while (this.#working !== undefined) await this.#working
    this.#throwFailure()
    const parts = this.#rolled
    this.#rolled = []
    if (parts.length === 0) return []
    const committables: Committable[] = []
    for (const part of parts) committables.push(await this.#prepare(part, checkpoint))
    try {
      await this.#context.files.syncDirectory(this.#options.folder)
    } catch (error) {
      throw this.#fail(error, 'Making the names of prepared files durable', this.#options.folder)
    }
    return committables
  }

  async close(): Promise<void> {
    this.#closed = true
    while (this.#working !== undefined) await this.#working
    const parts = [...this.#open.values(), ...this.#rolled]
    this.#open.clear()
    this.#rolled = []
    for (const part of parts) await part.abandon()
  }

  #bucketOf(record: T, timestamp: number): string {
    const { bucket } = this.#options
    if (bucket === undefined) return ''
    const { sink } = this.#context
    let chosen: unknown
    try {
      chosen = bucket(record, timestamp)
    } catch (error) {
      const what = `The bucket function of sink '${sink}' threw`
      throw SluiceError.from(error, 'USER_FUNCTION_FAILED', what, { sink })
    }
    if (this.#open.has(chosen as string)) return chosen as string
    checkBucket(chosen, sink)
    return chosen
  }

  #partFor(bucket: string): PartFile {
    const open = this.#open.get(bucket)
    const { rollEveryMs } = this.#options
    if (open !== undefined) {
      if (rollEveryMs === Number.POSITIVE_INFINITY) return open
      if (this.#context.clock.monotonic() - open.openedAtMs < rollEveryMs) return open
      this.#roll(open)
    }
    if (this.#open.size >= openPartsLimit) {
      for (const oldest of this.#open.values()) {
        this.#roll(oldest)
        break
      }
    }
    const part = this.#newPart(bucket)
    this.#open.set(bucket, part)
    return part
  }

  #newPart(bucket: string): PartFile {
    const { generation, subtask, clock, files } = this.#context
    const part = partName(subtask, ++this.#parts)
    return new PartFile({
      files,
      folder: this.#options.folder,
      hidden: hiddenName({ generation, checkpoint: unpreparedCheckpoint, part }),
      part,
      bucket,
      openedAtMs: clock.monotonic(),
      preamble: this.#options.format.preamble ?? '',
      compress: this.#options.compress,
    })
  }

  #seal(part: PartFile): void {
    this.#unwrittenBytes += part.seal()
    this.#workOn(part)
  }

  #roll(part: PartFile): void {
    this.#open.delete(part.bucket)
    this.#rolled.push(part)
    this.#seal(part)
  }

  #workOn(part: PartFile): void {
    this.#work.add(part)
    this.#working ??= this.#writeBehind()
  }

  /** One append at a time; a failure is kept and surfaces in the next call of the task. */
  async #writeBehind(): Promise<void> {
    // The call in progress ends first, and `#working` is set.
    await Promise.resolve()
    let path = this.#options.folder
    try {
      for (const part of this.#work) {
        this.#work.delete(part)
        path = part.path
        while (part.hasBlocks && !this.#closed) {
          this.#unwrittenBytes -= await part.write()
          this.#wake()
        }
        if (this.#closed) break
        if (this.#open.get(part.bucket) !== part) await part.finish()
      }
    } catch (error) {
      this.#failure = this.#fail(error, 'Writing', path)
      this.#wake()
    } finally {
      // In the same turn as the last look at the work, so that none is left lying.
      this.#working = undefined
    }
  }

  async #prepare(part: PartFile, checkpoint: number): Promise<Committable> {
    const { logId, sink, generation } = this.#context
    const name = { logId, sink, generation, checkpoint, part: part.part }
    const hidden = hiddenName(name)
    try {
      await part.prepare(hidden)
    } catch (error) {
      throw this.#fail(error, 'Preparing', part.path)
    }
    const file = visibleName(name, part.bucket, this.#options.extension)
    const { sizeBytes, records } = part
    const bytes = encodePrepared({ hidden, file, sizeBytes, crc32: part.crc32, records })
    return { part: part.part, bytes }
  }

  #fail(error: unknown, what: string, path: string): SluiceError {
    const { sink, subtask } = this.#context
    return writeError(error, what, sink, path).at({ subtask })
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
