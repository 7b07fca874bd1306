// What a user writes for `.connect(…).process`: one function for the records of each side, over the
// state and timers that both sides of a key share.

import type { Key } from '../key/key.ts'
import type { StateDeclarations } from '../state/declared-states.ts'
import type { Emit, ProcessContext, ProcessFunctions } from './process-function.ts'

/**
 * The functions of a process step over two keyed streams. What they emit carries the time of the
 * record or timer.
 */
export interface ConnectedFunctions<
  Left,
  Right,
  Out,
  State extends StateDeclarations,
  K extends Key,
> extends Pick<ProcessFunctions<Left, Out, State, K>, 'state' | 'onTimer' | 'onProcessingTimer'> {
  /** A record of the stream that `connect` was called on. */
  onLeft(record: Left, context: ProcessContext<State, K>, emit: Emit<Out>): void
  /** A record of the stream that was connected. */
  onRight(record: Right, context: ProcessContext<State, K>, emit: Emit<Out>): void
}
