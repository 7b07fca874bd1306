// The figures of a task's steps, for the next report of its worker.

import type { StepMetrics } from '../metrics/step-metrics.ts'
import type { ChainPlan } from '../plan/physical-plan.ts'
import type { OperatorSlot } from './operator-slot.ts'
import type { NamedMetrics } from './task-metrics.ts'
import type { TaskParts } from './task-parts.ts'

export interface TaskFigures {
  readonly chain: ChainPlan
  readonly subtask: number
  /** Undefined while the task is not open. */
  readonly parts: TaskParts | undefined
  /** Records that the head of the chain took. */
  readonly recordsIn: number
  readonly watermark: number
  readonly namedMetrics: NamedMetrics
}

/** By step of the chain; how the task spent its time is added by the worker's loop. */
export function taskFigures(figures: TaskFigures): StepMetrics[] {
  const { chain, subtask, parts, recordsIn, watermark, namedMetrics } = figures
  return chain.steps.map((step, index) => {
    const named = namedMetrics.read(step.id, subtask)
    return {
      step: step.id,
      subtask,
      recordsIn: index === 0 ? recordsIn : 0,
      recordsOut: recordsOut(parts, index),
      busyMs: 0,
      backpressuredMs: 0,
      idleMs: 0,
      watermark,
      lateRecords: named['late-records'] ?? 0,
      named: {
        ...named,
        ...stateMetrics(parts?.operators.find((slot) => slot.index === index)),
      },
    }
  })
}

function recordsOut(parts: TaskParts | undefined, index: number): number {
  const node = parts?.nodes[index]
  if (node === undefined) return 0
  if (node.sink !== undefined) return node.sink.recordsIn
  const channels = node.outputs.flatMap((output) =>
    output.exits.flatMap((exit) => exit.channels.map((channel) => channel.recordsOut)),
  )
  return channels.reduce((sum, records) => sum + records, 0)
}

function stateMetrics(slot: OperatorSlot | undefined): Record<string, number> {
  if (slot?.backend === undefined) return {}
  const { entries, bytes } = slot.backend.size()
  return { 'state-entries': entries, 'state-bytes': bytes }
}
