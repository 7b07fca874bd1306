// The tools that read and change savepoints, on those of a job that keeps its state on disk. Such a
// job writes each timer as a record of its own.

import { join } from 'node:path'
import type { Key } from '@sluice/core/internal'
import { MemoryKeyValueStore } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'
import { readSavepoint } from '../../../src/savepoint-tools/open-savepoint.ts'
import { createStoredBackend } from '../../../src/state/stored-backend.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'
import { platform, restored, shown, snapshotAfter } from '../../savepoint-tools/stored-snapshot.ts'
import { text, visible } from '../../state/plain-state.ts'
import { type Change, type CreateBackend, keys, namespaces } from '../../state/state-under-test.ts'

const onDisk: CreateBackend = (options) =>
  createStoredBackend({ ...options, cacheBytes: 8 * 1024 }, new MemoryKeyValueStore())

const all = Array.from(keys.keys())

function timers(kind: 'setTimer' | 'deleteTimer', values: readonly number[]): Change[] {
  return all.flatMap((key) =>
    values.map((value): Change => ({ kind, key, namespace: 0, item: 0, value })),
  )
}

async function withTimers(subtasks: number) {
  const rounds = [
    timers('setTimer', [1, 2, 3, 4]),
    timers('deleteTimer', [2]),
    timers('setTimer', [5]),
  ]
  return await snapshotAfter(rounds, subtasks, 0, onDisk)
}

test('timers that a job with its state on disk has set are shown', async () => {
  for (const subtasks of [1, 2]) {
    const { savepoint, plain } = await withTimers(subtasks)
    expect(await shown(savepoint)).toEqual(visible(plain, 1, 1))
  }
})

test('a change of its timers is restored by either kind of state', async () => {
  const { savepoint, plain } = await withTimers(2)
  const [kept, wiped] = keys as unknown as [Key, Key]
  const namespace = namespaces[0] as number
  const edit = savepoint.edit()
  edit.setTimer('step', 'event', kept, 777, { namespace })
  plain.timers.event.set(plain.timerId(777, kept, namespace), { time: 777, key: kept, namespace })
  edit.deleteKey('step', wiped)
  for (const domain of Object.values(plain.timers)) {
    for (const [name, timer] of domain) if (text(timer.key) === text(wiped)) domain.delete(name)
  }
  const folder = join(temporaryFolder(), 'changed')
  await edit.writeTo(folder)
  const expected = visible(plain, 1, 1)
  expect(await shown(await readSavepoint(platform, folder))).toEqual(expected)
  for (const subtasks of [1, 2, 3]) {
    expect(await restored(folder, subtasks)).toEqual(expected)
    expect(await restored(folder, subtasks, onDisk)).toEqual(expected)
  }
})

const kinds: readonly Change['kind'][] = [
  ...(['set', 'count', 'push', 'setItem', 'setAged', 'setAgedItem', 'setTimer'] as const),
  ...(['clear', 'uncount', 'deleteItem', 'clearMap', 'clearList', 'setList'] as const),
]

test('all kinds of state on disk are shown as they were, over bases and deltas', async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const rounds = [0, 1, 2].map((round) =>
      Array.from({ length: 120 }, (_, index): Change => {
        const at = index * 7 + seed * 31 + round * 13
        const kind = kinds[at % kinds.length] as Change['kind']
        return { kind, key: at % 11, namespace: at % 3, item: at % 5, value: (at * seed) % 9 }
      }),
    )
    const { savepoint, plain } = await snapshotAfter(rounds, (seed % 3) + 1, 0, onDisk)
    expect(await shown(savepoint)).toEqual(visible(plain, 1, 1))
  }
})
