// The file sink as `.to` takes it: options, checked once, and what the engine creates from them.

import {
  type CommitterContext,
  type Sink,
  type WriterContext,
  SluiceError,
} from '@sluice/core/connector'
import { type Duration, parseDuration } from '@sluice/core/internal'
import { extensionOf, type OutputFormat } from '../format/output-format.ts'
import { parseSize, type Size } from '../format/size.ts'
import type { BucketOf } from './bucket.ts'
import { blockEncoder, type Compression, compressionExtensions } from './compression.ts'
import { FileCommitter } from './file-committer.ts'
import { FileWriter, type FileWriterOptions } from './file-writer.ts'
import { writeError } from './sink-errors.ts'
import { stagingFolder } from './sink-folder.ts'

/** Options of {@link fileSink}. */
export interface FileSinkOptions<T> {
  /** The folder of the results; it is created where it is missing. */
  readonly path: string
  /**
   * How a record becomes a row: `json()`, `text()`, `csv({ header: ['id', 'total'] })`.
   */
  readonly value: OutputFormat<T>
  /**
   * Closes a file early, within a checkpoint: when it is that old, or has that many bytes before
   * compression. Every checkpoint closes all files anyway.
   */
  readonly roll?: { readonly every?: Duration; readonly size?: Size }
  /** The folder of a record below `path`, such as `day=2001-01-31`. */
  readonly bucket?: BucketOf<T>
  /** Compresses the files, in blocks of 256 KiB. */
  readonly compress?: Compression
}

/**
 * Writes records to files, exactly once: parts are written hidden, are durable at the checkpoint,
 * and become visible by an atomic rename when the checkpoint is complete.
 *
 * @example
 * orders.to('orders-out', fileSink({ path: './out', value: json(), roll: { size: '64MiB' } }))
 */
export function fileSink<T>(options: FileSinkOptions<T>): Sink<T> {
  const path = normalisedFolder(options.path)
  const { value: format, roll = {}, bucket, compress } = options
  if (compress !== undefined && !Object.hasOwn(compressionExtensions, compress)) {
    throw new SluiceError('SETTING_INVALID', `fileSink: compress is '${String(compress)}'.`, {
      hint: "Use 'gzip' or 'zstd', or leave it out.",
    })
  }
  const suffix = compress === undefined ? '' : `.${compressionExtensions[compress]}`
  const extension = `${extensionOf(format)}${suffix}`
  const rollEveryMs =
    roll.every === undefined ? Number.POSITIVE_INFINITY : parseDuration(roll.every, 'roll.every')
  const rollSizeBytes =
    roll.size === undefined ? Number.POSITIVE_INFINITY : parseSize(roll.size, 'roll.size')
  const fixed = { format, extension, bucket, rollEveryMs, rollSizeBytes }
  return {
    kind: 'files',
    guarantee: 'exactly-once',
    description: {
      path,
      extension,
      buckets: bucket !== undefined,
      ...(roll.every === undefined ? {} : { rollEvery: roll.every }),
      ...(roll.size === undefined ? {} : { rollSize: roll.size }),
    },
    createWriter: (context) => createWriter(context, path, fixed, compress),
    createCommitter: (context) => createCommitter(context, path),
  }
}

async function createWriter<T>(
  context: WriterContext,
  path: string,
  fixed: Omit<FileWriterOptions<T>, 'folder' | 'compress'>,
  compression: Compression | undefined,
): Promise<FileWriter<T>> {
  const { job, sink, logId } = context
  const folder = stagingFolder({ path, job, sink, logId })
  try {
    await context.files.makeDirectory(folder)
  } catch (error) {
    throw writeError(error, 'Opening the sink', sink, folder)
  }
  const compress = compression === undefined ? undefined : blockEncoder(compression, context)
  return new FileWriter(context, { ...fixed, folder, compress })
}

async function createCommitter(context: CommitterContext, path: string): Promise<FileCommitter> {
  const { job, sink, logId } = context
  const committer = new FileCommitter(context, { path, job, sink, logId })
  await committer.open()
  return committer
}

function normalisedFolder(path: unknown): string {
  if (typeof path !== 'string' || path === '') {
    throw new SluiceError('SETTING_INVALID', 'fileSink: path is not the name of a folder.', {
      hint: "Name the folder of the results: fileSink({ path: './out', … }).",
    })
  }
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed
}
