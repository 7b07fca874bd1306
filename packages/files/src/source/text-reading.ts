// A split of a text file being read: chunks of bytes become a window of text, a scanner finds the
// records in it. The position is the byte after the last record handed over, blank lines and
// malformed records before it included.

import { NO_TIMESTAMP, type SourceBatch, SluiceError } from '@sluice/core/connector'
import { ReadAhead } from '../bytes/read-ahead.ts'
import { TextWindow } from '../bytes/text-window.ts'
import { MalformedRecord, type RecordScanner, type TextFileFormat } from '../format/file-format.ts'
import type { ByteChunk } from './file-bytes.ts'
import type { FileSplit } from '../split/file-split.ts'
import type { MalformedPlace, MalformedRecords } from '../split/malformed-records.ts'
import type { Progress, SplitReading } from '../split/split-reading.ts'

const readAheadBytes = 1024 * 1024
const largestRecordBytes = 64 * 1024 * 1024
/** Text that one call looks at, at the most: it bounds the time that a call takes. */
const charactersPerCall = 256 * 1024

export interface TextReadingOptions<T> {
  readonly split: FileSplit
  readonly format: TextFileFormat<T>
  /** The bytes of the split; the first item may be the header of the file. */
  readonly chunks: AsyncIterable<ByteChunk | HeaderText>
  readonly malformed: MalformedRecords
}

/** The first record of a file, for a split that does not begin with it. */
export interface HeaderText {
  readonly header: string
}

export class TextReading<T> implements SplitReading<T> {
  readonly split: FileSplit
  readonly #format: TextFileFormat<T>
  readonly #malformed: MalformedRecords
  readonly #scanner: RecordScanner<T>
  readonly #input: ReadAhead<ByteChunk | HeaderText>
  #window: TextWindow | undefined
  #records: number
  #needsHeader: boolean
  /** Chunks that wait until the window's rest is worth looking at again. */
  #pieces: Uint8Array[] = []
  #piecesBytes = 0
  #windowEnded = false

  constructor(options: TextReadingOptions<T>) {
    this.split = options.split
    this.#format = options.format
    this.#malformed = options.malformed
    this.#scanner = options.format.newScanner()
    this.#records = options.split.records
    this.#needsHeader = options.format.hasHeader
    const weigh = (item: ByteChunk | HeaderText) => ('bytes' in item ? item.bytes.length : 0)
    this.#input = new ReadAhead(options.chunks, weigh, readAheadBytes)
  }

  get inputArrived(): boolean {
    return this.#input.exhausted
  }

  async ready(): Promise<void> {
    await this.#input.ready()
  }

  async close(): Promise<void> {
    await this.#input.close()
  }

  snapshot(): FileSplit {
    const window = this.#window
    // A split of which nothing is done stays as it came: its first record may mean something else
    // than those that follow.
    if (window === undefined || window.atStart) return this.split
    return { ...this.split, position: window.positionOf(window.from), records: this.#records }
  }

  fill(batch: SourceBatch<T>): Progress {
    const scanner = this.#scanner
    let budget = charactersPerCall
    while (batch.length < batch.capacity) {
      const window = this.#window
      const next = window === undefined ? -1 : this.#scan(window, batch)
      if (window === undefined || next < 0) {
        if (this.#windowEnded) return 'finished'
        if (!this.#advance()) return batch.length > 0 ? 'more' : 'wait'
        continue
      }
      budget -= next - window.from
      if (scanner.found) this.#handOver(window, next, batch)
      // Blank lines count as lines, so that numbers in messages are those of an editor.
      if (scanner.found || this.#format.unit === 'line') this.#records++
      window.from = next
      if (budget <= 0) return 'more'
    }
    return 'more'
  }

  #scan(window: TextWindow, batch: SourceBatch<T>): number {
    const { text, from } = window
    const scanner = this.#scanner
    const first = window.atStart
    let next: number
    try {
      next = scanner.next(text, from, first, this.#windowEnded)
    } catch (error) {
      this.#malformed.meet(error, this.#place(window, from, text.length), batch)
      throw error
    }
    const size = (next < 0 ? text.length : next) - from
    if (size * 3 > largestRecordBytes) this.#checkSize(window, from, from + size)
    return next
  }

  #handOver(window: TextWindow, next: number, batch: SourceBatch<T>): void {
    const scanner = this.#scanner
    try {
      const record = window.slice(scanner.start, scanner.end)
      if (record === undefined) throw new MalformedRecord('its bytes are no UTF-8')
      if (this.#needsHeader) {
        this.#needsHeader = false
        scanner.header?.(record)
        return
      }
      const value = scanner.decode(record)
      const at = batch.length
      batch.values[at] = value
      batch.timestamps[at] = NO_TIMESTAMP
      batch.length = at + 1
    } catch (error) {
      this.#malformed.meet(error, this.#place(window, window.from, next), batch)
    }
  }

  /** Takes what has arrived into the window. False: nothing has, or not enough to matter. */
  #advance(): boolean {
    for (;;) {
      const item = this.#input.take()
      if (item === undefined) break
      if ('header' in item) {
        this.#needsHeader = false
        this.#scanner.header?.(item.header)
        continue
      }
      this.#window ??= new TextWindow(item.position)
      this.#pieces.push(item.bytes)
      this.#piecesBytes += item.bytes.length
      if (this.#piecesBytes >= this.#window.restLength) break
    }
    const window = this.#window
    const ended = this.#input.ended
    if (!ended && (window === undefined || this.#pieces.length === 0)) return false
    if (!ended && window !== undefined && this.#piecesBytes < window.restLength) return false
    if (window !== undefined && this.#pieces.length > 0) window.append(this.#pieces)
    this.#pieces = []
    this.#piecesBytes = 0
    if (ended) {
      window?.end()
      this.#windowEnded = true
    }
    return true
  }

  #checkSize(window: TextWindow, start: number, end: number): void {
    const sizeBytes = window.sizeOf(start, end)
    if (sizeBytes <= largestRecordBytes) return
    const { path } = this.split.file
    const { unit, number, position } = this.#place(window, start, end)
    throw new SluiceError(
      'RECORD_TOO_LARGE',
      `${path}, ${unit} ${number}, ${position}: the record has more than 64 MiB.`,
      { where: { file: path }, hint: 'Is this file of the format that the source names?' },
    )
  }

  #place(window: TextWindow, start: number, end: number): MalformedPlace {
    return {
      split: this.split,
      unit: this.#format.unit,
      number: this.#records + 1,
      position: `byte ${window.positionOf(start)}`,
      raw: () => window.bytes(start, end),
    }
  }
}
