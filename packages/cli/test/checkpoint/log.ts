// A log of checkpoints as data, for tests of what is shown of it.

import type { CheckpointEntry, FenceEntry } from '@sluice/runtime/internal'
import type { InspectedLog, InspectedSlot } from '../../src/checkpoint/log-inspection.ts'

const takenAtMs = Date.UTC(2026, 0, 31, 12, 0, 0)

export function fence(position: number, restores: number | null): FenceEntry {
  return {
    kind: 'fence',
    job: 'shop',
    logId: 'log',
    position,
    nonce: 'nonce',
    generation: position,
    writtenAtMs: takenAtMs,
    restores,
    givenUp: [],
  } as unknown as FenceEntry
}

export function checkpoint(
  position: number,
  id: number,
  parts: Partial<CheckpointEntry> = {},
): CheckpointEntry {
  const name = `log.1.${id}.orders.0.1.segment`
  const segment = { name, sizeBytes: 2048, checksum: 'c0ffee', step: 'orders', kind: 'base' }
  return {
    kind: 'checkpoint',
    job: 'shop',
    logId: 'log',
    position,
    nonce: 'nonce',
    generation: 1,
    writtenAtMs: takenAtMs + id * 1_000,
    checkpoint: id,
    end: 'continues',
    triggeredAtMs: takenAtMs + id * 1_000 - 12,
    plan: { hash: 'f00', parallelism: 2, maxParallelism: 128 },
    steps: [
      {
        step: 'orders',
        hash: 'ab12',
        parallelism: 2,
        segments: [{ ...segment, range: { first: 0, last: 63 }, entries: 5 }],
        operators: [],
        watermarks: [takenAtMs, Number.NEGATIVE_INFINITY],
        source: {
          enumerator: { files: ['a.ndjson'] },
          splits: [{ split: { id: 'a.ndjson:0', position: 7n }, maxEventTime: takenAtMs }],
          finished: false,
        },
      },
    ],
    owes: [],
    idempotentSinks: [],
    retained: [{ position, checkpoint: id, generation: 1, segments: [name] }],
    ...parts,
  } as unknown as CheckpointEntry
}

export function slot(
  entry: CheckpointEntry | FenceEntry,
  commits: Extract<InspectedSlot, { kind: 'entry' }>['commits'] = 'nothing-owed',
): InspectedSlot {
  return { kind: 'entry', position: entry.position, sizeBytes: 900, entry, commits }
}

export function log(...slots: InspectedSlot[]): InspectedLog {
  return { location: 'folder .sluice/shop', floor: 0, slots }
}
