// What a task gets from its worker.

import type { BuiltJob } from '@sluice/core/internal'
import type { Receiver, Sender } from '../network/frame.ts'
import type { PhysicalPlan } from '../plan/physical-plan.ts'
import type { Platform } from '../platform/platform.ts'
import type { CreateBackend, SegmentNaming, SegmentWriter } from '../state/state-backend.ts'
import type { TaskMessage, TaskRestore } from './task-messages.ts'
import type { NamedMetrics } from './task-metrics.ts'

export interface TaskEnvironment {
  readonly platform: Platform
  readonly job: BuiltJob
  readonly plan: PhysicalPlan
  readonly logId: string
  readonly generation: number
  readonly mode: 'exactly-once' | 'at-least-once'
  readonly freezes: boolean
  readonly restore: TaskRestore | undefined
  /** Opens what the keyed state of a step and subtask rests on. */
  openBackend(step: string, subtask: number): Promise<CreateBackend>
  /** Reads a segment of a checkpoint that is restored. */
  readSegment(name: string): Promise<Uint8Array>
  /** Undefined when checkpoints are off. */
  readonly segments: SegmentWriter | undefined
  readonly naming: (checkpoint: number) => SegmentNaming
  /** The sending end of a channel from this subtask. */
  sender(exchange: number, to: number): Sender
  /** The receiving end of a channel to this subtask. */
  receiver(exchange: number, from: number): Receiver
  post(message: TaskMessage): void
  /** Asks the worker's loop to run tasks soon. */
  wake(): void
  /** Ends the worker's attempt. */
  fail(error: unknown): void
  readonly namedMetrics: NamedMetrics
}
