// Snapshots of real runs, restored beside the run: what a backend restores and writes again is the
// same to the byte, whether it was restored in one piece or in several.

import { keyGroupRange } from '@sluice/core/internal'
import type { SimulatedDisk } from '@sluice/testing/simulator'
import type {
  CheckpointEntry,
  StepSnapshot,
} from '../../../packages/runtime/src/checkpoint/protocol/log/entry.ts'
import { createHeapBackend } from '../../../packages/runtime/src/state/heap-backend.ts'
import type {
  KeyGroupRange,
  SegmentRef,
} from '../../../packages/runtime/src/state/state-backend.ts'
import { checkpointFolder } from '../job/simulated-job.ts'
import { readFile } from './disk-reading.ts'

interface Stored {
  readonly ref: SegmentRef
  readonly bytes: Uint8Array
}

/** The keyed state of a checkpoint as it was on the disk at some time. */
export interface KeptSnapshot {
  readonly entry: CheckpointEntry
  readonly steps: ReadonlyMap<StepSnapshot, readonly Stored[]>
}

/** Keeps the segments of a checkpoint, which may be deleted later. */
export function keepSnapshot(disk: SimulatedDisk, entry: CheckpointEntry): KeptSnapshot {
  const steps = entry.steps.filter(({ segments }) => segments.length > 0)
  const stored = (ref: SegmentRef): Stored => ({
    ref,
    bytes: readFile(disk, `${checkpointFolder}/segments/${ref.name}`),
  })
  return { entry, steps: new Map(steps.map((step) => [step, step.segments.map(stored)])) }
}

export async function judgeSnapshot(
  { entry, steps }: KeptSnapshot,
  pieces: number,
): Promise<string[]> {
  const wrong: string[] = []
  for (const [step, stored] of steps) wrong.push(...(await judgeStep(entry, step, stored, pieces)))
  return wrong
}

async function judgeStep(
  { checkpoint, plan }: CheckpointEntry,
  { step }: StepSnapshot,
  stored: readonly Stored[],
  pieces: number,
): Promise<string[]> {
  const { maxParallelism } = plan
  const rewritten = (range: KeyGroupRange, from: readonly Stored[]) =>
    rewrite(step, checkpoint, maxParallelism, range, from)
  const all = { first: 0, last: maxParallelism - 1 }
  const whole = await rewritten(all, stored)
  const again = await rewritten(all, whole)
  const parts: Stored[] = []
  for (let subtask = 0; subtask < pieces; subtask++) {
    const range = keyGroupRange(subtask, pieces, maxParallelism)
    parts.push(...(await rewritten(range, stored)))
  }
  const joined = await rewritten(all, parts)
  const what = `checkpoint ${checkpoint} of '${step}'`
  return [
    ...(sameBytes(whole, again) ? [] : [`${what} restores to other bytes`]),
    ...(sameBytes(whole, joined) ? [] : [`${what} restores to other bytes in ${pieces} pieces`]),
  ]
}

/** Restores segments into a new backend and lets it write everything. */
async function rewrite(
  step: string,
  checkpoint: number,
  maxParallelism: number,
  range: KeyGroupRange,
  from: readonly Stored[],
): Promise<Stored[]> {
  const backend = createHeapBackend({
    step,
    subtask: 0,
    maxParallelism,
    range,
    freezes: false,
    now: () => 0,
    watermark: () => Number.NEGATIVE_INFINITY,
  })
  backend.restore(from)
  let names = 0
  const naming = { next: () => `${range.first}-${++names}` }
  const snapshot = backend.startSnapshot(checkpoint, naming, 'everything')
  while (!snapshot.advance(1)) continue
  const written = new Map<string, Uint8Array>()
  const refs = await snapshot.finish({
    write: async (name, chunks) => {
      written.set(name, Buffer.concat([...chunks]))
    },
  })
  backend.close()
  // Nothing at all may be written as an empty segment, or not.
  const filled = refs.filter((ref) => ref.entries > 0)
  return filled.map((ref) => ({ ref, bytes: written.get(ref.name) as Uint8Array }))
}

function sameBytes(left: readonly Stored[], right: readonly Stored[]): boolean {
  return (
    left.length === right.length &&
    left.every(
      ({ bytes }, index) => Buffer.compare(bytes, right[index]?.bytes ?? Buffer.of()) === 0,
    )
  )
}
