// What the packages of this repository use of the engine beyond the public surface. May change at
// any time.

export type {
  Platform,
  Port,
  WorkerExit,
  WorkerOptions,
  WorkerThread,
} from './platform/platform.ts'
export type { LogLevel, LogLine, LogSink } from './platform/node/line-logger.ts'
export { createNodePlatform } from './platform/node/node-platform.ts'
export type { NodePlatformOptions } from './platform/node/node-platform.ts'
export { errorFromOffload, offloadErrorOf } from './platform/node/offload/offload-messages.ts'
export { movableBuffers, OffloadSession } from './platform/node/offload/offload-session.ts'
export type { OffloadStep } from './platform/node/offload/offload-session.ts'
export { onStopSignal } from './platform/node/process-signals.ts'
export type { StopSignal } from './platform/node/process-signals.ts'
export type { AppendOutcome, CheckpointStorage } from './storage/checkpoint-storage.ts'
export { createStorage, localFolder } from './storage/create-storage.ts'
export { runWorker } from './worker/worker.ts'
export { registerJob } from './worker/job-registry.ts'
export type { LoadedJob } from './worker/job-registry.ts'
export type { ExchangePlan, PhysicalPlan } from './plan/physical-plan.ts'
export { planJob } from './plan/planner.ts'
export type {
  CheckpointEntry,
  FenceEntry,
  LogEntry,
  StepSnapshot,
} from './checkpoint/protocol/log/entry.ts'
export { retainedSegments } from './checkpoint/protocol/log/entry.ts'
export { decodeEntry } from './checkpoint/protocol/log/entry-codec.ts'
export { floorOf, logPosition, nonce } from './checkpoint/protocol/identifiers.ts'
export { isNotedCommitted } from './checkpoint/commit-notes.ts'
export type { StoredStateVerdict } from './state/heap/loading/verify-stored-state.ts'
export { checksumOf } from './state/segment/content-checksum.ts'
export { checkCompatible, judgeRestore } from './restore/compatibility.ts'
export type { StepFit } from './restore/restore-fit.ts'
export { fromJson, toJson } from './checkpoint/protocol/log/plain-data.ts'
export {
  emptySavepoint,
  type OpenSavepoint,
  readCheckpoint,
  readSavepoint,
} from './savepoint-tools/open-savepoint.ts'
export { latestCheckpoint, withoutLatest } from './savepoint-tools/latest-checkpoint.ts'
export { verifyValues } from './savepoint-tools/verify-values.ts'
export type { SavepointEdit } from './savepoint-tools/savepoint-edit.ts'
export type { StoredEntry, StateReader, StoredTimer } from './savepoint-tools/state-reader.ts'
export { serveControl } from './control/serve-control.ts'
export { readControlFile } from './control/control-file.ts'
export type {
  ControlFile,
  ControlLine,
  ControlResult,
  ControlStatus,
} from './control/control-protocol.ts'
export { SavepointFolder } from './checkpoint/savepoint/savepoint-folder.ts'
export type { Savepoint } from './checkpoint/savepoint/savepoint.ts'
export { savepointOf } from './checkpoint/savepoint/savepoint.ts'
export { writeSavepoint } from './checkpoint/savepoint/savepoint-writer.ts'
export { pinnedSegments, ToolPin } from './checkpoint/savepoint/read-pins.ts'
export {
  findUnfinished,
  isAbandoned,
  removeUnfinished,
} from './checkpoint/savepoint/unfinished-savepoints.ts'
export type { FoundUnfinished } from './checkpoint/savepoint/unfinished-savepoints.ts'
export { parseSegmentName, unreferencedSegments } from './checkpoint/protocol/collection.ts'
export { checkSavepointName, isSavepointName } from './checkpoint/savepoint/savepoint-name.ts'
