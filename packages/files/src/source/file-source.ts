// The file source as `job.from` takes it: options, checked once, and what the engine creates from
// them.

import type { Duration } from '@sluice/core'
import {
  type ConnectorContext,
  type EnumeratorContext,
  type OnMalformed,
  SluiceError,
  type Source,
  type SubtaskContext,
} from '@sluice/core/connector'
import { parseDuration } from '@sluice/core/internal'
import { compressionOf, type FileCompression } from '../bytes/decompressed.ts'
import type { FileFormat } from '../format/file-format.ts'
import { parseSize, type Size } from '../format/size.ts'
import { ParquetFiles } from '../parquet/parquet-file.ts'
import { ParquetReading } from '../parquet/parquet-reading.ts'
import { FileEnumerator } from './file-enumerator.ts'
import { FileReader } from './file-reader.ts'
import { type FileSplit, type KnownFile, newSplit } from '../split/file-split.ts'
import { MalformedRecords } from '../split/malformed-records.ts'
import type { SplitReading } from '../split/split-reading.ts'
import { textChunks } from './text-chunks.ts'
import { TextReading } from './text-reading.ts'

/** Options of {@link fileSource}. */
export interface FileSourceOptions<T> {
  /**
   * Files, folders (with the folders in them) and globs (`*`, `?`, `**`, `{a,b}`). Names that begin
   * with `.` or `_` below them are passed over.
   */
  readonly path: string | readonly string[]
  /** `lines()`, `ndjson()`, `jsonArray()`, `csv()`, `parquet()`. */
  readonly format: FileFormat<T>
  /**
   * `time`: the files in order of name, and the records in them, are in order of event time, so
   * that files which are not read yet hold no watermark back. `none` unless said.
   */
  readonly ordered?: 'time' | 'none'
  /** Looks for new files this often, for ever. Without it what is there at the start is all. */
  readonly watch?: Duration
  /**
   * How large the parts are in which a large uncompressed file of lines is read; `32MiB` unless
   * said.
   */
  readonly splitBytes?: Size
  /** How files are compressed: by the end of their name (`.gz`, `.zst`) unless said. */
  readonly compression?: FileCompression | 'auto'
  /** What becomes of records that cannot be decoded: `fail` unless said. */
  readonly onMalformed?: OnMalformed
}

const chunkBytes = 256 * 1024

/**
 * Reads files exactly once. Positions are bytes (rows in Parquet files) in the checkpoint; a file
 * that changes while it is a source ends the job with SOURCE_CHANGED.
 *
 * @example
 * job.from('orders', fileSource({ path: './orders', format: ndjson(Order) }), {
 *   eventTime: (order) => order.at,
 * })
 */
export function fileSource<T>(options: FileSourceOptions<T>): Source<T, FileSplit> {
  const { format, ordered = 'none', watch, compression = 'auto', onMalformed = 'fail' } = options
  const paths = checkedPaths(options.path)
  checkChoice('ordered', ordered, ['time', 'none'])
  checkChoice('onMalformed', onMalformed, ['fail', 'skip', 'dead-letter'])
  checkChoice('compression', compression, ['auto', 'none', 'gzip', 'zstd'])
  const watchEveryMs = watch === undefined ? undefined : parseDuration(watch, 'fileSource: watch')
  if (watchEveryMs === 0) throw invalid("watch is '0'", "Look for new files every '1s' or so.")
  const splitBytes = parseSize(options.splitBytes ?? '32MiB', 'fileSource: splitBytes')
  const compressionIn = (path: string): FileCompression => {
    if (format.layout === 'columns') return 'none'
    return compression === 'auto' ? compressionOf(path) : compression
  }
  const reading = { format, onMalformed, compressionIn }
  return {
    kind: 'files',
    bounded: watch === undefined,
    ordered,
    description: {
      path: paths.length === 1 ? paths[0] : paths,
      format: format.name,
      onMalformed,
      ...(watch === undefined ? {} : { watch }),
    },
    createEnumerator: (context, restored) => {
      const cut = cutter(context, format, splitBytes, compressionIn)
      return new FileEnumerator(context, { paths, watchEveryMs, cut }, restored)
    },
    createReader: (context) => new FileReader(opener(context, reading)),
  }
}

/** A function that cuts a file into splits. */
function cutter<T>(
  context: EnumeratorContext<FileSplit>,
  format: FileFormat<T>,
  splitBytes: number,
  compressionIn: (path: string) => FileCompression,
): (file: KnownFile) => Promise<readonly FileSplit[]> {
  if (format.layout === 'columns') {
    const parquetFiles = new ParquetFiles(context, format.columns)
    return async (file) => {
      const { rowGroups } = await parquetFiles.plan(file)
      return rowGroups
        .map(({ rows }, index) => (rows === 0 ? undefined : newSplit(file, index, index + 1)))
        .filter((split) => split !== undefined)
    }
  }
  return async (file) => {
    const isWhole = !format.cutAtLines || compressionIn(file.path) !== 'none'
    const count = isWhole ? 1 : Math.max(1, Math.round(file.sizeBytes / splitBytes))
    const boundary = (index: number) => Math.floor((file.sizeBytes / count) * index)
    return Array.from({ length: count }, (_, index) => {
      const end = index + 1 === count ? file.sizeBytes : boundary(index + 1)
      return newSplit(file, boundary(index), end)
    })
  }
}

interface ReadingOptions<T> {
  readonly format: FileFormat<T>
  readonly onMalformed: OnMalformed
  readonly compressionIn: (path: string) => FileCompression
}

/** A function that begins to read a split. */
function opener<T>(
  context: SubtaskContext,
  options: ReadingOptions<T>,
): (split: FileSplit) => SplitReading<T> {
  const { format, onMalformed, compressionIn } = options
  const bytesRead = context.metrics.counter('bytes-read')
  const malformed = new MalformedRecords(context, onMalformed)
  if (format.layout === 'columns') {
    const parquetFiles = new ParquetFiles(context, format.columns)
    return (split) => {
      const chunks = parquetFiles.rows(split, bytesRead)
      return new ParquetReading({ split, format, chunks, malformed })
    }
  }
  return (split) => {
    const compression = compressionIn(split.file.path)
    const { cutAtLines } = format
    const { files } = context satisfies ConnectorContext
    const chunks = textChunks(format, {
      files,
      split,
      compression,
      cutAtLines: cutAtLines && compression === 'none',
      chunkBytes,
      bytesRead,
    })
    return new TextReading({ split, format, chunks, malformed })
  }
}

function checkedPaths(path: unknown): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(path) ? path : [path]
  const isNamed = (each: unknown): each is string => typeof each === 'string' && each !== ''
  if (paths.length > 0 && paths.every(isNamed)) {
    return paths.map((each) => (each.length > 1 ? each.replace(/\/+$/, '') || '/' : each))
  }
  throw invalid('path names no file or folder', "Name one or more: path: './orders'.")
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return
  throw invalid(`${name} is '${String(value)}'`, `Use one of ${choices.join(', ')}.`)
}

function invalid(what: string, hint: string): SluiceError {
  return new SluiceError('SETTING_INVALID', `fileSource: ${what}.`, { hint })
}
