// What each worker of an attempt starts with: its part of what is restored, and the shared memory
// of the channels that leave or enter it. Subtasks with equal numbers share a worker.

import { createDoorbellMemory } from '../../network/ring/doorbell.ts'
import { createRingMemory, DEFAULT_RING_BYTES } from '../../network/ring/ring-memory.ts'
import { channelsOf, type PhysicalPlan, workerCount } from '../../plan/physical-plan.ts'
import type { SharedChannel, TaskRestore, WorkerStart } from '../../worker/messages.ts'

/** All rings of an attempt together; many rings are smaller ones. */
const allRingsBytes = 64 * 1024 * 1024
const smallestRingBytes = 64 * 1024

/** What is the same for all workers. */
export type CommonStart = Omit<
  WorkerStart,
  'index' | 'workers' | 'channels' | 'doorbells' | 'restore'
>

export function workerOf(plan: PhysicalPlan, subtask: number): number {
  return subtask % workerCount(plan)
}

export function workerStarts(
  plan: PhysicalPlan,
  common: CommonStart,
  restore: readonly TaskRestore[],
): WorkerStart[] {
  const workers = workerCount(plan)
  const channels = sharedChannels(plan)
  const doorbells = Array.from({ length: workers }, () => createDoorbellMemory())
  return Array.from({ length: workers }, (_, index) => ({
    ...common,
    index,
    workers,
    doorbells,
    channels: channels.filter(
      ({ from, to }) => workerOf(plan, from) === index || workerOf(plan, to) === index,
    ),
    restore: restore.filter(({ subtask }) => workerOf(plan, subtask) === index),
  }))
}

/** Rings for the pairs of subtasks in different workers. */
function sharedChannels(plan: PhysicalPlan): SharedChannel[] {
  const pairs = plan.exchanges
    .flatMap((exchange) => channelsOf(plan, exchange))
    .filter(({ from, to }) => workerOf(plan, from) !== workerOf(plan, to))
  const capacityBytes = ringBytes(pairs.length)
  return pairs.map((pair) => ({ ...pair, buffer: createRingMemory(capacityBytes) }))
}

/** A power of two, so that the budget is not exceeded by rounding up. */
function ringBytes(rings: number): number {
  let capacityBytes = DEFAULT_RING_BYTES
  while (capacityBytes > smallestRingBytes && capacityBytes * rings > allRingsBytes) {
    capacityBytes /= 2
  }
  return capacityBytes
}
