// What a task starts from, what it contributes to a checkpoint, and what it says to the coordinator
// by way of its worker. Plain data.

import type { NamedCommittable } from '@sluice/core/connector'
import type { WireError } from '@sluice/core/internal'
import type { SegmentRef } from '../state/state-backend.ts'

/** What one subtask of a chain starts from. */
export interface TaskRestore {
  readonly chain: number
  readonly subtask: number
  /** The checkpoint whose snapshot this is. */
  readonly checkpoint: number
  /** By keyed step: the segments that cover at least the subtask's key groups, in order. */
  readonly keyed: Readonly<Record<string, readonly SegmentRef[]>>
  /** By keyed step: stored states that the job no longer declares; they are not restored. */
  readonly dropped: Readonly<Record<string, readonly string[]>>
  /** By step: elements of operator state. */
  readonly operators: Readonly<Record<string, readonly unknown[]>>
  /** By source step: splits to read on (with positions), and their highest event times. */
  readonly sources: Readonly<Record<string, readonly SplitSnapshot[]>>
  /** The watermark from which the task goes on; minus infinity for none. */
  readonly watermark: number
  /** By step that the checkpoint knows: the watermark from which it goes on. */
  readonly watermarks: Readonly<Record<string, number>>
}

export interface SplitSnapshot {
  /** A SourceSplit: plain data. */
  readonly split: unknown
  /** Highest event time seen in this split; minus infinity for none. */
  readonly maxEventTime: number
  /** Of a source whose job says watermarks itself: the highest for this split. */
  readonly watermark?: number
}

/** What one subtask of a chain contributes to a checkpoint. */
export interface TaskSnapshot {
  readonly keyed: Readonly<Record<string, readonly SegmentRef[]>>
  readonly operators: Readonly<Record<string, readonly unknown[]>>
  readonly sources: Readonly<Record<string, readonly SplitSnapshot[]>>
  readonly watermark: number
  /** By operator: below a step that holds watermarks back, they are behind that of the task. */
  readonly operatorWatermarks: Readonly<Record<string, number>>
  /** Input has ended and everything was processed before this barrier. */
  readonly finished: boolean
  /** Everything prepared since the last checkpoint known to be complete. */
  readonly committables: readonly NamedCommittable[]
  /** The newest checkpoint known to be complete: nothing up to it is named here or later. */
  readonly knownComplete: number
  /** Durations in milliseconds, for metrics. */
  readonly alignmentMs: number
  readonly syncMs: number
  readonly asyncMs: number
}

export type TaskMessage =
  | { readonly type: 'request-split'; readonly step: string; readonly subtask: number }
  /** The lowest watermark of the splits of a subtask, where sources are aligned. */
  | {
      readonly type: 'aligns'
      readonly step: string
      readonly subtask: number
      readonly watermark: number
    }
  /** A sink cannot wait for the interval. */
  | { readonly type: 'request-checkpoint' }
  | {
      readonly type: 'acknowledge'
      readonly checkpoint: number
      readonly chain: number
      readonly subtask: number
      readonly snapshot: TaskSnapshot
    }
  | {
      readonly type: 'decline'
      readonly checkpoint: number
      readonly chain: number
      readonly subtask: number
      readonly error: WireError
    }
  /** All input of the subtask is processed and its sinks are flushed; it goes on acknowledging. */
  | { readonly type: 'finished'; readonly chain: number; readonly subtask: number }
  /** A line for standard output (console sink). */
  | { readonly type: 'output'; readonly line: string }
