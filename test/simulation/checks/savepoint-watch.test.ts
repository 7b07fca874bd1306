// The watch over savepoints, and over what a job has read: each finds what it is there for.

import { SimulatedWorld } from '@sluice/testing/simulator'
import { describe, expect, test } from 'vitest'
import type { CheckpointEntry } from '@sluice/runtime/internal'
import * as codec from '../../../packages/runtime/src/checkpoint/savepoint/savepoint-codec.ts'
import { checksumOf } from '../../../packages/runtime/src/state/segment/content-checksum.ts'
import type { JobShape } from '../job/shape.ts'
import { SavepointWatch } from './savepoint-watch.ts'
import { unreadRecords } from './unread-records.ts'

const parent = '/checkpoints/savepoints'
const hidden = `${parent}/.savepoint.aaaabbbbcccc.1.0123456789abcdef.under-way`
const folder = `${parent}/daily`
const content = Uint8Array.of(1, 2, 3)

function manifest(): Uint8Array {
  const segment = { name: 'a.segment', sizeBytes: 3, checksum: checksumOf(content), step: 'count' }
  return codec.encodeSavepoint({
    id: '0123456789abcdef',
    name: 'daily',
    job: 'simulated',
    plan: { hash: '', parallelism: 1, maxParallelism: 16 },
    steps: [{ step: 'count', segments: [segment] }],
  } as never)
}

/** A savepoint under way on a disk that is watched. */
function underWay() {
  const { disk } = new SimulatedWorld({ seed: 1 })
  const violations: string[] = []
  const watch = new SavepointWatch(disk, (violation) => void violations.push(violation))
  for (const path of ['/checkpoints', parent, hidden, `${hidden}/segments`])
    disk.makeDirectory(path)
  for (const [name, bytes] of [
    ['segments/a.segment', content],
    ['savepoint', manifest()],
  ] as const) {
    const file = disk.create(`${hidden}/${name}`)
    disk.append(file, bytes, name)
    file.sync()
  }
  disk.onChange = (change) => watch.changed(change)
  const syncInside = (): void => {
    for (const path of [`${hidden}/segments`, hidden]) disk.syncDirectory(path)
  }
  const syncAround = (): void => {
    for (const path of [parent, '/checkpoints', '/']) disk.syncDirectory(path)
  }
  return { disk, watch, violations, syncInside, syncAround }
}

function standing() {
  const made = underWay()
  made.syncInside()
  made.disk.rename(hidden, folder)
  made.syncAround()
  made.watch.told(folder)
  expect(made.violations).toEqual([])
  return made
}

describe('a savepoint', () => {
  test('that is whole and durable may be told, and survives a crash', () => {
    const { disk, watch, violations } = standing()
    disk.crash()
    watch.crashed()
    watch.judge()
    expect(violations).toEqual([])
    expect(watch.known.map(({ savepoint }) => savepoint.name)).toEqual(['daily'])
  })

  test('must not have its name before what is in it is durable', () => {
    const { disk, violations } = underWay()
    disk.rename(hidden, folder)
    expect(violations[0]).toContain('was not durable before it had its name')
  })

  test('must not be told before its name is durable, or where it is not', () => {
    const { disk, watch, violations, syncInside } = underWay()
    watch.told(folder)
    expect(violations).toEqual([`the savepoint ${folder} was said to stand, and it does not`])
    syncInside()
    disk.rename(hidden, folder)
    watch.told(folder)
    expect(violations[1]).toBe(`${folder} of a savepoint is not durable`)
  })

  test('must not have its name without all its parts', () => {
    const { disk, violations, syncInside } = underWay()
    disk.remove(`${hidden}/segments/a.segment`)
    syncInside()
    disk.rename(hidden, folder)
    expect(violations[0]).toBe(`${folder}/segments/a.segment of a savepoint is not whole`)
  })

  test('must not lose a part, or become another, but to whom may take it over', () => {
    const { disk, watch, violations } = standing()
    disk.rot(`${folder}/segments/a.segment`)
    watch.judge()
    expect(violations).toEqual([`${folder}/segments/a.segment of a savepoint is not whole`])
    disk.remove(`${folder}/segments/a.segment`)
    expect(violations[1]).toBe(`${folder}/segments/a.segment of a savepoint was taken away`)
    watch.claim(folder)
    disk.remove(`${folder}/savepoint`)
    expect(violations).toHaveLength(2)
  })

  test('that was begun and is nobody’s is found', () => {
    const { watch } = underWay()
    expect(watch.unfinished).toEqual([hidden])
    expect([watch.isWritten(1), watch.isWritten(2)]).toEqual([true, false])
  })
})

test('records that a drained job has not read are known by the positions of its sources', () => {
  const { disk } = new SimulatedWorld({ seed: 1 })
  const shape = {
    inputs: [{ name: 'input-0', kind: 'generator', records: 10, lanes: 2 }],
  } as unknown as JobShape
  const last = (next: number) =>
    ({
      steps: [
        {
          step: 'input-0-anew',
          source: { splits: [{ split: { next, stride: 2 } }], enumerator: [] },
        },
      ],
    }) as unknown as CheckpointEntry
  expect([...unreadRecords(disk, shape, last(11))]).toEqual([])
  // Of the second lane the last two.
  expect([...unreadRecords(disk, shape, last(7))]).toEqual([4003 * 64, 4004 * 64])
})
