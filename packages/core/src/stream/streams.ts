// The classes of streams refer to each other and extend each other: this is the one order in which
// their modules can be evaluated. Everybody imports them from here.

export { SinkStep, SourceStream, Stream } from './stream.ts'
export { KeyedStream } from './keyed-stream.ts'
export {
  BroadcastConnection,
  BroadcastStream,
  ConnectedStreams,
  KeyedBroadcastConnection,
  TimedStream,
} from './connected-streams.ts'
export { AllWindowedStream, WindowedStream, WindowResults } from './windowed-stream.ts'
export type { AllWindowResult, WindowResult } from './windowed-stream.ts'
