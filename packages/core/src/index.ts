// The public surface of the language (`sluice`).

export { defineJob } from './job/define-job.ts'
export type { JobDefinition, NoParameters } from './job/define-job.ts'
export type {
  AlignmentOptions,
  CheckpointOptions,
  EventTimeOptions,
  Job,
  JobOptions,
  KeyedStateOptions,
  MemoryOptions,
  MemorySize,
  RestartOptions,
} from './job/job-options.ts'
export type {
  BroadcastConnection,
  BroadcastStream,
  ConnectedStreams,
  KeyedBroadcastConnection,
  KeyedStream,
  SinkStep,
  SourceStream,
  Stream,
  TimedStream,
  AllWindowedStream,
  AllWindowResult,
  WindowedStream,
  WindowResult,
  WindowResults,
} from './stream/streams.ts'
export type { NamedStepOptions } from './stream/graph-builder.ts'
export type { Branch, Branches, BranchValue } from './stream/split.ts'
export type {
  Emit,
  ProcessContext,
  ProcessFunctions,
  ProcessTimers,
  Timer,
} from './process/process-function.ts'
export type { AsyncCall, MapAsyncOptions } from './async/map-async-options.ts'
export type {
  JoinOptions,
  JoinPair,
  JoinType,
  JoinWindow,
  TemporalJoinOptions,
} from './join/join-options.ts'
export type { DeduplicateOptions } from './stream/join-draft.ts'
export { broadcastState } from './process/broadcast-state.ts'
export type {
  BroadcastDeclaration,
  BroadcastDeclarations,
  BroadcastState,
  BroadcastStatesOf,
  ReadonlyBroadcastState,
  ReadonlyBroadcastStatesOf,
} from './process/broadcast-state.ts'
export type {
  BroadcastContext,
  KeyedBroadcastContext,
  KeyedBroadcastFunctions,
  UnkeyedBroadcastContext,
  UnkeyedBroadcastFunctions,
} from './process/broadcast-functions.ts'
export type { ConnectedFunctions } from './process/connected-functions.ts'
export { counter, list, map, value } from './state/declaration.ts'
export type {
  SchemaStateOptions,
  StateDeclaration,
  StateOptions,
  ValueStateOptions,
} from './state/declaration.ts'
export { aggregating, reducing } from './state/folding.ts'
export type { StateDeclarations, StateOf } from './state/declared-states.ts'
export type { SchemaOptions } from './state/state-schema.ts'
export type {
  AggregatingState,
  CounterState,
  DeepReadonly,
  ListState,
  MapState,
  ReducingState,
  ValueState,
} from './state/handle.ts'
export type { Key, KeyPart } from './key/key.ts'
export { aggregator, count, max, mean, min, sum } from './aggregate/aggregator.ts'
export type {
  Aggregator,
  AggregatorParts,
  MergingAggregator,
  MergingAggregatorParts,
} from './aggregate/aggregator.ts'
export { approximateCountDistinct, countDistinct } from './aggregate/distinct.ts'
export { first, last, topN } from './aggregate/order-statistics.ts'
export type { Rank } from './aggregate/order-statistics.ts'
export type {
  AggregateResult,
  NamedAggregates,
  NamedMergingAggregates,
} from './aggregate/aggregation.ts'
export type {
  AggregatesFor,
  AggregatorFor,
  AllWindowPlace,
  WindowOutput,
  WindowPlace,
} from './stream/windowed-stream.ts'
export { tumbling } from './window/definition/tumbling.ts'
export type { TumblingOptions, TumblingWindow } from './window/definition/tumbling.ts'
export { cumulative, sliding } from './window/definition/sliding.ts'
export type {
  CumulativeOptions,
  CumulativeWindow,
  SlidingOptions,
  SlidingWindow,
} from './window/definition/sliding.ts'
export { session } from './window/definition/session.ts'
export type { SessionOptions, SessionWindow } from './window/definition/session.ts'
export { countWindow, globalWindow } from './window/definition/counted.ts'
export type {
  CountWindow,
  CountWindowOptions,
  GlobalWindow,
  GlobalWindowOptions,
} from './window/definition/counted.ts'
export type {
  AlignedWindowFacts,
  AlignedWindowOptions,
  FiringOptions,
  TimeWindowFacts,
  TimeWindowOptions,
} from './window/definition/window-options.ts'
export type {
  AlignedWindow,
  MergingWindow,
  WindowDefinition,
  WindowOf,
  WindowWithoutLateness,
} from './window/definition/window-definition.ts'
export { allOf, anyOf, atEnd, early, every, onCount } from './window/trigger/trigger.ts'
export type { EveryOptions, Trigger } from './window/trigger/trigger.ts'
export type { CountedWindow, Firings, Window, WindowTime } from './window/window.ts'
export type { Duration } from './time/duration.ts'
export type { DeadLetter, OnMalformed } from './connector/source.ts'
export { SluiceError } from './errors.ts'
export type { ErrorCode, ErrorDomain, ErrorPlace, Retry } from './errors.ts'
export type { Format } from './format/format.ts'
export { json } from './format/json.ts'
export { bytes, text } from './format/text.ts'
export { consoleSink } from './builtin/console-sink.ts'
export { generatorSource } from './builtin/generator-source.ts'
export type { GeneratorOptions, GeneratorRandom } from './builtin/generator-source.ts'
export type { ConsoleOptions } from './builtin/console-sink.ts'
export { memorySink } from './builtin/memory-sink.ts'
export type { MemorySink } from './builtin/memory-sink.ts'
export { memorySource } from './builtin/memory-source.ts'
