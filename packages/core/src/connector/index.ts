// The public surface for people who write connectors (`sluice/connector`).

export { NO_TIMESTAMP } from './source.ts'
export type {
  DeadLetter,
  EnumeratorContext,
  OnMalformed,
  PollStatus,
  Source,
  SourceBatch,
  SourceReader,
  SourceSplit,
  SplitEnumerator,
} from './source.ts'
export type {
  Committable,
  CommittableName,
  CommitScope,
  Committer,
  CommitterContext,
  Guarantee,
  NamedCommittable,
  Sink,
  SinkWriter,
  StagedSegment,
  WriterContext,
} from './sink.ts'
export type {
  Clock,
  ConnectorContext,
  Counter,
  Gauge,
  Logger,
  Metrics,
  Random,
  SubtaskContext,
  Timers,
} from './context.ts'
export { FileSystemError } from './file-system.ts'
export type { FileHandle, FileStat, FileSystem, FileSystemErrorKind } from './file-system.ts'
export {
  KEY_VALUE_DELETE,
  KEY_VALUE_DELETE_RANGE,
  KEY_VALUE_PUT,
} from './key-value-store.ts'
export type {
  KeyValueReader,
  KeyValueStore,
  KeyValueStoreOptions,
  KeyValueView,
} from './key-value-store.ts'
export { NetworkError } from './network.ts'
export type {
  Network,
  NetworkConnection,
  NetworkErrorKind,
  NetworkListener,
  NetworkTarget,
  TlsOptions,
  TlsProblem,
} from './network.ts'
export type { Format } from '../format/format.ts'
export { SluiceError } from '../errors.ts'
export type { ErrorCode, ErrorPlace } from '../errors.ts'
