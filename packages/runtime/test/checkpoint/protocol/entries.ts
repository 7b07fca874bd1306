// Entries, names and views for the tests of the protocol.

import type { NamedCommittable } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import {
  checkpointId,
  floorOf,
  generation,
  logId,
  logPosition,
  nonce,
} from '../../../src/checkpoint/protocol/identifiers.ts'
import type { LogId, LogPosition } from '../../../src/checkpoint/protocol/identifiers.ts'
import { aboveFloor, judgeAppend } from '../../../src/checkpoint/protocol/log/append.ts'
import type { ReadBack, StandingEntry } from '../../../src/checkpoint/protocol/log/append.ts'
import type {
  CheckpointEntry,
  FenceEntry,
  LogEntry,
  SegmentReference,
  StepSnapshot,
} from '../../../src/checkpoint/protocol/log/entry.ts'
import { LogReading } from '../../../src/checkpoint/protocol/log/log-view.ts'
import type { LogView } from '../../../src/checkpoint/protocol/log/log-view.ts'
import { checksumOf } from '../../../src/state/segment/content-checksum.ts'

export const LOG: LogId = logId('0123456789abcdef')
let drawn = 0

export function drawNonce() {
  drawn += 1
  return nonce(`nonce-${String(drawn).padStart(8, '0')}`)
}

export function fence(position: number, fields: Partial<FenceEntry> = {}): FenceEntry {
  return {
    kind: 'fence',
    job: 'shop',
    logId: LOG,
    position: logPosition(position),
    nonce: drawNonce(),
    generation: generation(position),
    writtenAtMs: 1_000,
    restores: null,
    givenUp: [],
    ...fields,
  }
}

export function checkpoint(
  position: number,
  id: number,
  fenceAt: number,
  fields: Partial<CheckpointEntry> = {},
): CheckpointEntry {
  const entry: CheckpointEntry = {
    kind: 'checkpoint',
    job: 'shop',
    logId: LOG,
    position: logPosition(position),
    nonce: drawNonce(),
    generation: generation(fenceAt),
    writtenAtMs: 2_000,
    checkpoint: checkpointId(id),
    end: 'continues',
    triggeredAtMs: 1_500,
    plan: { hash: 'plan', parallelism: 2, maxParallelism: 128 },
    steps: [],
    owes: [],
    idempotentSinks: [],
    retained: [],
    ...fields,
  }
  const itself = {
    position: entry.position,
    checkpoint: entry.checkpoint,
    generation: entry.generation,
    segments: [],
  }
  return entry.retained.length > 0 ? entry : { ...entry, retained: [itself] }
}

/** A segment with what a step `count` keeps, of all key groups. */
export function segmentOf(name: string, content: Uint8Array): SegmentReference {
  return {
    name,
    sizeBytes: content.length,
    checksum: checksumOf(content),
    step: 'count',
    range: { first: 0, last: 127 },
    kind: 'base',
    entries: 1,
  }
}

/** What a checkpoint says of the step `count`. */
export function countStep(
  segments: readonly SegmentReference[],
  fields: Partial<StepSnapshot> = {},
): StepSnapshot {
  return {
    step: 'count',
    hash: 'h',
    parallelism: 1,
    segments,
    operators: [],
    watermarks: [0],
    ...fields,
  }
}

export function committable(
  generation: number,
  checkpoint: number,
  part: string,
  sink = 'out',
): NamedCommittable {
  return {
    name: { logId: LOG, sink, generation, checkpoint, part },
    bytes: new TextEncoder().encode(`${generation}/${checkpoint}/${part}`),
  }
}

export function present(entry: LogEntry): ReadBack {
  return { kind: 'entry', entry }
}

/** The view of a log that holds these; `undefined` stands for damaged bytes. */
export function viewOf(entries: readonly (LogEntry | undefined)[], floor = 0): LogView {
  const reading = new LogReading('shop', 'here', floorOf(floor))
  for (const entry of entries) {
    reading.add(entry === undefined ? { kind: 'damaged', reason: 'torn' } : present(entry))
  }
  reading.add({ kind: 'absent' })
  return reading.view()
}

export function standing<Entry extends LogEntry>(entry: Entry): StandingEntry<Entry> {
  const decision = judgeAppend(entry, present(entry))
  assert(decision.kind === 'won', 'an entry that is read back is won')
  const floor = aboveFloor(decision.won, 0)
  assert(floor.kind === 'stands', 'nothing lies below a floor of zero')
  return floor.standing
}

export function at(position: number): LogPosition {
  return logPosition(position)
}
