// Random histories of checkpoints under one version of a job, restored under the next one at
// another parallelism: every live value is migrated exactly once, and nothing that was replaced is.

import { list, map, type StateDeclaration, value } from '@sluice/core'
import { type Key, keyGroupOf, keyGroupRange, type StateSchema } from '@sluice/core/internal'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import type { KeyedStateBackend, KeyGroupRange, SegmentRef } from '../../src/state/state-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { backendOptions, GROUPS, keys } from './state-under-test.ts'

type Declared = Readonly<Record<'value' | 'list' | 'map', StateDeclaration<unknown>>>

function open(declared: Declared, range: KeyGroupRange): KeyedStateBackend {
  const schemas: Record<string, StateSchema> = {}
  for (const [name, { schema }] of Object.entries(declared)) {
    if (schema !== undefined) schemas[name] = schema
  }
  return createHeapBackend({ ...backendOptions({ now: 0, watermark: 0 }, range, true), schemas })
}

function handlesOf(backend: KeyedStateBackend) {
  return {
    value: backend.state({ name: 'value', kind: 'value', namespace: 'none' }),
    list: backend.state({ name: 'list', kind: 'list', namespace: 'none' }),
    map: backend.state({ name: 'map', kind: 'map', namespace: 'none' }),
  }
}

/** Version 1 stores numbers; values of later ones say which version made them, and of what. */
function declaredAs(version: number, migrations: { count: number }): Declared {
  if (version === 1) return { value: value(), list: list(), map: map() }
  const options = {
    version,
    migrate(old: unknown, from: number) {
      migrations.count++
      return [version, from, old]
    },
  }
  return { value: value(options), list: list(options), map: map(options) }
}

interface Change {
  readonly do: 'set' | 'clear' | 'push' | 'setItem' | 'deleteItem' | 'save'
  readonly key: number
  readonly n: number
}

/** All that is shown, with each single value as `shown` has it. */
function observed(backends: readonly KeyedStateBackend[]): unknown[] {
  return keys.map((key) => {
    const group = keyGroupOf(key, GROUPS)
    const own = backends.find(({ range }) => range.first <= group && group <= range.last)
    if (own === undefined) throw new Error('no backend owns the key')
    own.setKey(key, -1)
    const handles = handlesOf(own)
    return [handles.value.get(), [...handles.list], new Map(handles.map)]
  })
}

class Model {
  readonly values = new Map<Key, number>()
  readonly lists = new Map<Key, number[]>()
  readonly maps = new Map<Key, Map<number, number>>()

  observed(migrated: (n: number) => unknown): unknown[] {
    return keys.map((key) => {
      const n = this.values.get(key)
      const stored = [...(this.maps.get(key) ?? [])]
      const items = stored.map(([item, each]): [number, unknown] => [item, migrated(each)])
      const elements = (this.lists.get(key) ?? []).map(migrated)
      return [n === undefined ? undefined : migrated(n), elements, new Map(items)]
    })
  }

  get size(): number {
    const lists = [...this.lists.values()].reduce((sum, { length }) => sum + length, 0)
    const maps = [...this.maps.values()].reduce((sum, { size }) => sum + size, 0)
    return this.values.size + lists + maps
  }
}

function apply(change: Change, backend: KeyedStateBackend, model: Model): void {
  const key = keys[change.key] as Key
  const item = change.n % 3
  backend.setKey(key, -1)
  const handles = handlesOf(backend)
  if (change.do === 'set') {
    handles.value.set(change.n)
    model.values.set(key, change.n)
  } else if (change.do === 'clear') {
    handles.value.clear()
    handles.list.clear()
    model.values.delete(key)
    model.lists.delete(key)
  } else if (change.do === 'push') {
    handles.list.push(change.n)
    model.lists.set(key, [...(model.lists.get(key) ?? []), change.n])
  } else if (change.do === 'setItem') {
    handles.map.set(item, change.n)
    model.maps.set(key, new Map(model.maps.get(key)).set(item, change.n))
  } else {
    handles.map.delete(item)
    model.maps.get(key)?.delete(item)
  }
}

async function saved(
  segments: MemorySegments,
  backends: readonly KeyedStateBackend[],
): Promise<SegmentRef[]> {
  const refs: SegmentRef[] = []
  for (const backend of backends) refs.push(...(await segments.save(backend)))
  return refs
}

const change = fc.record<Change>({
  do: fc.constantFrom('set', 'set', 'clear', 'push', 'setItem', 'deleteItem', 'save'),
  key: fc.nat({ max: keys.length - 1 }),
  n: fc.nat({ max: 1000 }),
})

test('every live value is migrated exactly once, whatever was saved before it', async () => {
  const run = async (changes: readonly Change[], parallelism: number) => {
    const segments = new MemorySegments()
    const model = new Model()
    const migrations = { count: 0 }
    const first = open(declaredAs(1, migrations), { first: 0, last: GROUPS - 1 })
    for (const each of changes) {
      if (each.do === 'save') await segments.save(first)
      else apply(each, first, model)
    }
    let refs = await saved(segments, [first])
    const restored = (version: number) =>
      Array.from({ length: parallelism }, (_, subtask) => {
        const range = keyGroupRange(subtask, parallelism, GROUPS)
        const backend = open(declaredAs(version, migrations), range)
        backend.restore(segments.read(refs))
        return backend
      })
    const second = restored(2)
    expect(migrations.count).toBe(model.size)
    const once = model.observed((n) => [2, 1, n])
    expect(observed(second)).toEqual(once)
    refs = await saved(segments, second)
    expect(observed(restored(2))).toEqual(once)
    expect(migrations.count).toBe(model.size)
    const third = restored(3)
    expect(observed(third)).toEqual(model.observed((n) => [3, 2, [2, 1, n]]))
    expect(migrations.count).toBe(2 * model.size)
  }
  const histories = fc.array(change, { minLength: 1, maxLength: 80, size: 'max' })
  await fc.assert(fc.asyncProperty(histories, fc.constantFrom(1, 2, 3), run), { numRuns: 100 })
})
