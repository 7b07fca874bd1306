// A snapshot as a run leaves it, made of real backends at some parallelism, in a folder of
// segments; and what a run would restore of a savepoint. Beside it the plain model of what it
// holds.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyGroupOf, keyGroupRange } from '@sluice/core/internal'
import { SavepointFolder } from '../../src/checkpoint/savepoint/savepoint-folder.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import type { DescribedStep } from '../../src/restore/step-identity.ts'
import { OpenSavepoint } from '../../src/savepoint-tools/open-savepoint.ts'
import type { StateReader } from '../../src/savepoint-tools/state-reader.ts'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import type { KeyedStateBackend, SegmentRef } from '../../src/state/state-backend.ts'
import { temporaryFolder } from '../coordinator/world/scripted-run.ts'
import { MemorySegments } from '../state/memory-segments.ts'
import { PlainState, text } from '../state/plain-state.ts'
import {
  apply,
  type Change,
  type Clocks,
  type CreateBackend,
  GROUPS,
  handlesOf,
  keys,
  observe,
  openWith,
} from '../state/state-under-test.ts'

export const platform = createNodePlatform({ logSink: () => {} })
const start: Clocks = { now: 1, watermark: 1 }

const facts: DescribedStep['facts'] = {
  kind: 'operator',
  operator: 'process',
  keyed: true,
  operatorState: 'none',
  state: [
    { name: 'value', kind: 'value', namespace: 'none', ages: 'never' },
    { name: 'counter', kind: 'counter', namespace: 'window', ages: 'never' },
    { name: 'list', kind: 'list', namespace: 'none', ages: 'never' },
    { name: 'map', kind: 'map', namespace: 'window', ages: 'never' },
    { name: 'aged', kind: 'value', namespace: 'none', ages: 'processing' },
    { name: 'agedItems', kind: 'map', namespace: 'none', ages: 'event' },
    { name: 'met', kind: 'list', namespace: 'none', ages: 'processing' },
    { name: 'metItems', kind: 'map', namespace: 'none', ages: 'event' },
  ],
}

function ranges(parallelism: number) {
  return Array.from({ length: parallelism }, (_, subtask) =>
    keyGroupRange(subtask, parallelism, GROUPS),
  )
}

/** Takes a snapshot after each list of changes, so that the last one is of bases and deltas. */
export async function snapshotAfter(
  rounds: readonly (readonly Change[])[],
  parallelism: number,
  msPerRound = 0,
  create: CreateBackend = createHeapBackend,
): Promise<{ readonly savepoint: OpenSavepoint; readonly plain: PlainState }> {
  const clocks = { ...start }
  const plain = new PlainState()
  const store = new MemorySegments()
  const backends = ranges(parallelism).map((range) => openWith(create, clocks, range))
  const handles = backends.map(handlesOf)
  let refs: readonly (readonly SegmentRef[])[] = []
  for (const changes of rounds) {
    clocks.now += msPerRound
    clocks.watermark += msPerRound
    for (const change of changes) {
      const key = keys[change.key % keys.length] as (typeof keys)[number]
      const group = keyGroupOf(key, GROUPS)
      const owner = backends.findIndex(({ range }) => group >= range.first && group <= range.last)
      const backend = backends[owner] as KeyedStateBackend
      apply(change, backend, handles[owner] as ReturnType<typeof handlesOf>, plain, clocks)
    }
    refs = await Promise.all(backends.map((backend) => store.save(backend)))
  }
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'segments'))
  for (const [name, bytes] of store.byName) writeFileSync(join(folder, 'segments', name), bytes)
  const step: DescribedStep = {
    step: 'step',
    hash: 'hash',
    facts,
    parallelism,
    segments: refs.flat(),
    operators: [],
    watermarks: Array(parallelism).fill(0) as number[],
  }
  const plan = { hash: '', parallelism, maxParallelism: GROUPS }
  const body = { job: 'job', end: 'stopped', plan, steps: [step], idempotentSinks: [] } as const
  const savepoint = new OpenSavepoint(platform, folder, { name: 'made', createdAtMs: 0, body })
  return { savepoint, plain }
}

/** All that a stored state shows, as the model says it. */
export async function shown(stored: StateReader): Promise<string[]> {
  const lines: string[] = []
  for await (const { state, key, namespace, value } of stored.entries('step')) {
    const place = `${state} ${text(key)}${namespace === undefined ? '' : ` ${namespace}`}`
    if (!(value instanceof Map)) lines.push(`${place} = ${text(value)}`)
    else for (const [item, each] of value) lines.push(`${place} ${text(item)} = ${text(each)}`)
  }
  for await (const { domain, key, namespace, time } of stored.timers('step')) {
    lines.push(`${domain} timer ${text(key)} ${namespace} ${time}`)
  }
  return lines.sort()
}

/** What backends of a run at this parallelism show after they have restored the savepoint. */
export async function restored(
  folder: string,
  parallelism: number,
  create: CreateBackend = createHeapBackend,
): Promise<string[]> {
  const source = new SavepointFolder(platform, folder)
  const { steps } = await source.read()
  const lines: string[] = []
  for (const range of ranges(parallelism)) {
    const backend = openWith(create, { ...start }, range)
    handlesOf(backend)
    const segments = []
    for (const ref of steps.flatMap((step) => step.segments)) {
      segments.push({ ref, bytes: await source.readSegment(ref) })
    }
    backend.restore(segments)
    lines.push(...observe(backend))
  }
  return lines.sort()
}
