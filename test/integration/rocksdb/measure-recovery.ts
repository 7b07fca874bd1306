// What local copies cost and what they give, on this machine: a million keys in RocksDB, and
// checkpoints with a tenth of the keys changed between them, with and without a copy each; then a
// restart from the segments and one from the copy. By hand:
//
//   node --conditions=sluice-source test/integration/rocksdb/measure-recovery.ts [keys]

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeyValueStore } from '@sluice/rocksdb'
import { createNodePlatform } from '../../../packages/runtime/src/platform/node/node-platform.ts'
import type {
  KeyedStateBackend,
  SegmentRef,
} from '../../../packages/runtime/src/state/state-backend.ts'
import { LocalCopies } from '../../../packages/runtime/src/state/stored/copy/local-copies.ts'
import type { StateCopy } from '../../../packages/runtime/src/state/stored/copy/state-copy.ts'
import { createStoredBackend } from '../../../packages/runtime/src/state/stored-backend.ts'

const keys = Number(process.argv[2] ?? 1_000_000)
const rounds = 7
/** Room for a tenth of the keys. */
const cacheBytes = keys * 40
const { files, log } = createNodePlatform()
const folder = mkdtempSync(join(tmpdir(), 'sluice-recovery-'))
const segments = new Map<string, Uint8Array>()
let opened = 0
let named = 0
let seed = 1

function copiesOf(name: string): LocalCopies {
  return new LocalCopies({ files, log, logId: 'log', generation: 1, folder: join(folder, name) })
}

function open(copies?: LocalCopies, path?: string, copy?: StateCopy): KeyedStateBackend {
  const reopen = path !== undefined
  const where = path ?? join(folder, `store-${opened++}`)
  const store = openKeyValueStore(where, { memoryBytes: 64 * 2 ** 20, reopen })
  const options = {
    step: 'measured',
    subtask: 0,
    maxParallelism: 128,
    range: { first: 0, last: 127 },
    freezes: false,
    now: () => performance.now(),
    watermark: () => 0,
    cacheBytes,
    copies,
    copy,
  }
  return createStoredBackend(options, store)
}

function change(backend: KeyedStateBackend, changes: number): void {
  const state = backend.state({ name: 'value', kind: 'value', namespace: 'none' })
  for (let n = 0; n < changes; n++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const key = changes === keys ? n : seed % keys
    backend.setKey(key, -1)
    state.set({ key, count: n, name: `customer ${key}` })
  }
}

interface Costs {
  readonly barrierMs: number
  readonly wholeMs: number
}

async function save(
  backend: KeyedStateBackend,
  checkpoint: number,
): Promise<{ readonly refs: readonly SegmentRef[]; readonly costs: Costs }> {
  const start = performance.now()
  const snapshot = backend.startSnapshot(checkpoint, { next: () => `segment-${named++}` })
  const barrierMs = performance.now() - start
  while (!snapshot.advance(1));
  const refs = await snapshot.finish({
    write: async (name, chunks) => {
      segments.set(name, Buffer.concat([...chunks]))
    },
  })
  const wholeMs = performance.now() - start
  backend.checkpointCompleted(checkpoint)
  return { refs, costs: { barrierMs, wholeMs } }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number
}

/** Interleaved, so that both meet the same machine. */
async function measureCosts(copies: LocalCopies): Promise<readonly SegmentRef[]> {
  const pairs = [open(), open(copies)] as const
  const costs: readonly Costs[][] = [[], []]
  const changesMs: readonly number[][] = [[], []]
  let refs: readonly SegmentRef[] = []
  for (const backend of pairs) change(backend, keys)
  for (let round = 0; round <= rounds; round++) {
    for (const [index, backend] of pairs.entries()) {
      const start = performance.now()
      if (round > 0) change(backend, keys / 10)
      changesMs[index]?.push(performance.now() - start)
      const saved = await save(backend, round)
      if (round > 0) costs[index]?.push(saved.costs)
      refs = saved.refs
    }
  }
  for (const [index, name] of (['without copies', 'with copies'] as const).entries()) {
    const of = costs[index] as Costs[]
    const barrier = median(of.map(({ barrierMs }) => barrierMs))
    const whole = median(of.map(({ wholeMs }) => wholeMs))
    const changes = median((changesMs[index] as number[]).slice(1))
    say(`${name}: barrier`, barrier)
    say(`${name}: whole checkpoint`, whole)
    say(`${name}: the changes between two`, changes)
  }
  for (const backend of pairs) backend.close()
  return refs
}

function say(what: string, ms: number): void {
  console.log(`${what.padEnd(44)} ${ms.toFixed(1).padStart(9)} ms`)
}

try {
  await copiesOf('copies').takeTo(join(folder, 'none'), [])
  const refs = await measureCosts(copiesOf('copies'))

  const fromSegments = performance.now()
  const loaded = open()
  loaded.restore(refs.map((ref) => ({ ref, bytes: segments.get(ref.name) as Uint8Array })))
  say('restart from segments in memory', performance.now() - fromSegments)

  const fromCopy = performance.now()
  const path = join(folder, 'taken')
  const copy = await copiesOf('copies').takeTo(path, refs)
  const adopting = open(undefined, path, copy)
  if (adopting.adopt?.(refs) !== true) throw new Error('The copy was not used.')
  say('restart from the local copy', performance.now() - fromCopy)

  for (const backend of [loaded, adopting]) {
    if (backend.size().entries !== keys) throw new Error('The restart lost entries.')
    backend.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
