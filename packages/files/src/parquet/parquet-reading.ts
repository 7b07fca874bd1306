// A row group being read: chunks of columns arrive from the I/O thread and are kept, up to a bound,
// so that the thread is free for the next row group while this one is processed. The position is a
// row.

import { NO_TIMESTAMP, type SourceBatch } from '@sluice/core/connector'
import { ReadAhead } from '../bytes/read-ahead.ts'
import type { ColumnFileFormat } from '../format/file-format.ts'
import type { FileSplit } from '../split/file-split.ts'
import type { MalformedRecords } from '../split/malformed-records.ts'
import type { Progress, SplitReading } from '../split/split-reading.ts'
import { columnValues } from './column-chunk.ts'
import { recordMaker } from './record-maker.ts'
import type { RowChunk } from './row-group-decoder.ts'

/** Values that are kept ahead: rows times columns. */
const valuesAhead = 2_000_000

/** Rows as records are made of them. */
interface PlainRows {
  readonly firstRow: number
  readonly rows: number
  readonly names: readonly string[]
  readonly columns: readonly (readonly unknown[])[]
}

export interface ParquetReadingOptions<T> {
  readonly split: FileSplit
  readonly format: ColumnFileFormat<T>
  readonly chunks: AsyncIterable<RowChunk>
  readonly malformed: MalformedRecords
}

export class ParquetReading<T> implements SplitReading<T> {
  readonly split: FileSplit
  readonly #format: ColumnFileFormat<T>
  readonly #malformed: MalformedRecords
  readonly #input: ReadAhead<PlainRows>
  #rows: PlainRows | undefined
  #make: ((columns: PlainRows['columns'], row: number) => Record<string, unknown>) | undefined
  /** Row of the row group that comes next. */
  #position: number

  constructor(options: ParquetReadingOptions<T>) {
    this.split = options.split
    this.#format = options.format
    this.#malformed = options.malformed
    this.#position = options.split.position ?? 0
    const weigh = ({ rows, columns }: PlainRows) => rows * columns.length
    this.#input = new ReadAhead(plainRows(options.chunks), weigh, valuesAhead)
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
    if (this.#position === (this.split.position ?? 0)) return this.split
    return { ...this.split, position: this.#position, records: this.#position }
  }

  fill(batch: SourceBatch<T>): Progress {
    while (batch.length < batch.capacity) {
      const rows = this.#rows
      if (rows === undefined || this.#position === rows.firstRow + rows.rows) {
        this.#rows = this.#input.take()
        if (this.#rows !== undefined) continue
        if (this.#input.ended) return 'finished'
        return batch.length > 0 ? 'more' : 'wait'
      }
      this.#handOver(rows, batch)
    }
    return 'more'
  }

  #handOver(rows: PlainRows, batch: SourceBatch<T>): void {
    const make = (this.#make ??= recordMaker(rows.names))
    const format = this.#format
    const { columns, firstRow } = rows
    const end = Math.min(rows.rows, this.#position - firstRow + batch.capacity - batch.length)
    for (let row = this.#position - firstRow; row < end; row++) {
      const record = make(columns, row)
      try {
        batch.values[batch.length] = format.fromRow(record)
        batch.timestamps[batch.length] = NO_TIMESTAMP
        batch.length++
      } catch (error) {
        this.#meetMalformed(error, record, batch)
      }
      this.#position = firstRow + row + 1
    }
  }

  #meetMalformed(error: unknown, record: unknown, batch: SourceBatch<T>): void {
    const place = {
      split: this.split,
      unit: 'row',
      number: this.#position + 1,
      position: `row group ${this.split.start}`,
      raw: () =>
        JSON.stringify(record, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
    }
    this.#malformed.meet(error, place, batch)
  }
}

async function* plainRows(chunks: AsyncIterable<RowChunk>): AsyncGenerator<PlainRows> {
  for await (const { firstRow, rows, columns } of chunks) {
    const names = columns.map(({ name }) => name)
    yield { firstRow, rows, names, columns: columns.map(columnValues) }
  }
}
