// What the packages of this repository use of core beyond the public surface. May change at any
// time.

export { isMemorySink } from './builtin/memory-sink.ts'
export type { BuiltJob, OperatorCode, SourceCode, StepCode } from './graph/step-code.ts'
export type {
  JobGraph,
  OperatorFacts,
  OperatorStateKind,
  SinkFacts,
  SourceFacts,
  Step,
  StepInput,
  StepKind,
  WatermarkFacts,
} from './graph/job-graph.ts'
export type {
  CheckpointSettings,
  JobSettings,
  RestartSettings,
  StateSettings,
} from './job/settings.ts'
export type { Key, KeyPart } from './key/key.ts'
export type { HostTimers, Operator, OperatorHost, StateHandles } from './operator/host.ts'
export type { StateDescriptor, StateKind } from './state/descriptor.ts'
export { shapeText } from './state/shape.ts'
export type { Shape } from './state/shape.ts'
export { ShapeObserver } from './state/shape-observer.ts'
export type { StateSchema, StateSchemas } from './state/state-schema.ts'
export type {
  CounterState,
  DeepReadonly,
  ListState,
  MapState,
  ValueState,
} from './state/handle.ts'
export { assert, errorCodes, SluiceError } from './errors.ts'
export type { ErrorCode, ErrorDomain, ErrorPlace, Retry, WireError } from './errors.ts'
export { describedRecord } from './described-record.ts'
export { isSecretName } from './secret-name.ts'
export { keyGroupOf, keyGroupRange, subtaskOf } from './key/key-group.ts'
export type { KeyGroupRange } from './key/key-group.ts'
export { keyFromMapKey, mapKey } from './key/map-key.ts'
export { planHash, stepHash } from './graph/plan-hash.ts'
export { buildJob } from './job/build-job.ts'
export { jobDefinitionFrom } from './job/define-job.ts'
export type { JobDefinition } from './job/define-job.ts'
export { leastStateMemoryBytes } from './job/parse-settings.ts'
export { validateParameters } from './job/validate-parameters.ts'
export type { AsyncCall } from './async/map-async-options.ts'
export { parseDuration } from './time/duration.ts'
export type { Duration } from './time/duration.ts'
