// The public surface of the file connector (`@sluice/files`).

export { fileSink } from './sink/file-sink.ts'
export type { FileSinkOptions } from './sink/file-sink.ts'
export type { BucketOf } from './sink/bucket.ts'
export type { Compression } from './sink/compression.ts'
export { listCommitted, readCommittedLines } from './sink/committed-results.ts'
export type { CommittedResult, ResultsOf } from './sink/committed-results.ts'
export type { OutputFormat } from './format/output-format.ts'
export type { Size } from './format/size.ts'
