// Parquet files: one split per row group.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ColumnFileFormat } from './file-format.ts'
import { validator } from './schema-validation.ts'

/** Options of {@link parquet}. */
export interface ParquetOptions {
  /** The top-level columns to read; all unless said. Others are not even read from the disk. */
  readonly columns?: readonly string[]
}

/**
 * Rows of Parquet files. INT64 is a number where every value of the column in the row group is
 * safe, else a bigint; dates and timestamps are Dates (to the millisecond, without zone taken as
 * UTC); bytes that the file does not call text are Uint8Arrays; absent values are null.
 *
 * @example
 * fileSource({ path: './flights.parquet', format: parquet<Flight>(), ordered: 'time' })
 */
export function parquet<Schema extends StandardSchemaV1>(
  options: ParquetOptions,
  schema: Schema,
): ColumnFileFormat<StandardSchemaV1.InferOutput<Schema>>
export function parquet<T = Readonly<Record<string, unknown>>>(
  options?: ParquetOptions,
): ColumnFileFormat<T>
export function parquet(
  options: ParquetOptions = {},
  schema?: StandardSchemaV1,
): ColumnFileFormat<unknown> {
  return {
    layout: 'columns',
    name: 'parquet',
    columns: options.columns,
    fromRow: schema === undefined ? (row) => row : validator(schema, 'parquet'),
  }
}
