import { SluiceError, type StateSchemas } from '@sluice/core/internal'
import {
  aggregating,
  count,
  list,
  map,
  max,
  reducing,
  type StateDeclaration,
  value,
} from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createHeapBackend } from '../../src/state/heap-backend.ts'
import { verifyStoredState } from '../../src/state/heap/loading/verify-stored-state.ts'
import { openSegment } from '../../src/state/segment/segment-reader.ts'
import type { KeyedStateBackend, SegmentRef } from '../../src/state/state-backend.ts'
import { MemorySegments } from './memory-segments.ts'
import { backendOptions, GROUPS } from './state-under-test.ts'

const segments = new MemorySegments()

/** A backend of a job that declares one state `s`. */
function opened(declared: StateDeclaration<unknown>, freezes = false): KeyedStateBackend {
  const schemas: StateSchemas = declared.schema === undefined ? {} : { s: declared.schema }
  const options = backendOptions({ now: 0, watermark: 0 }, undefined, freezes)
  return createHeapBackend({ ...options, schemas })
}

const descriptor = { name: 's', namespace: 'none' } as const

/** Stores values by key under one declaration. */
async function stored(
  declared: StateDeclaration<unknown>,
  values: Readonly<Record<string, unknown>>,
): Promise<readonly SegmentRef[]> {
  const backend = opened(declared)
  for (const [key, each] of Object.entries(values)) {
    backend.setKey(key, -1)
    if (declared.kind === 'list') {
      for (const element of each as unknown[])
        backend.state({ ...descriptor, kind: 'list' }).push(element)
    } else if (declared.kind === 'map') {
      const handle = backend.state({ ...descriptor, kind: 'map' })
      for (const [item, content] of Object.entries(each as object)) handle.set(item, content)
    } else backend.state({ ...descriptor, kind: 'value' }).set(each)
  }
  return segments.save(backend)
}

/** Restores under another declaration and shows a key. */
function restored(
  declared: StateDeclaration<unknown>,
  refs: readonly SegmentRef[],
  key = 'a',
): unknown {
  const backend = opened(declared)
  backend.restore(segments.read(refs))
  backend.setKey(key, -1)
  if (declared.kind === 'list') return [...backend.state({ ...descriptor, kind: 'list' })]
  if (declared.kind === 'map') return [...backend.state({ ...descriptor, kind: 'map' })]
  return backend.state({ ...descriptor, kind: 'value' }).get()
}

function refusal(declared: StateDeclaration<unknown>, refs: readonly SegmentRef[]): string {
  try {
    restored(declared, refs)
  } catch (error) {
    if (error instanceof SluiceError) return `${error.code} ${error.where.step}: ${error.message}`
    throw error
  }
  return 'nothing was refused'
}

const Charge = z.object({ id: z.string(), cents: z.number() })
const charges = { a: { id: 'x', cents: 1 }, b: { id: 'y', cents: 2 } }

describe('a schema', () => {
  test('that did not change reads what was stored, and deltas go on', async () => {
    const refs = await stored(value(Charge), charges)
    expect(restored(value(Charge), refs)).toEqual({ id: 'x', cents: 1 })
    const backend = opened(value(Charge))
    backend.restore(segments.read(refs))
    expect(await segments.save(backend)).toEqual(refs)
  })

  test('adds fields with a default and drops fields that it does not know', async () => {
    const refs = await stored(value(Charge), charges)
    const Other = z.object({ cents: z.number(), currency: z.string().default('EUR') })
    expect(restored(value(Other), refs)).toEqual({ cents: 1, currency: 'EUR' })
    const backend = opened(value(Other))
    backend.restore(segments.read(refs))
    const next = await segments.save(backend)
    expect(next.map(({ kind }) => kind)).toEqual(['base'])
    expect(restored(value(Other), next, 'b')).toEqual({ cents: 2, currency: 'EUR' })
  })

  test('without a JSON schema adds its defaults too', async () => {
    const bare = (schema: z.ZodType) => {
      const { version, vendor, validate } = schema['~standard']
      return { '~standard': { version, vendor, validate } }
    }
    const refs = await stored(value(bare(Charge)), charges)
    const Other = bare(Charge.extend({ at: z.number().default(7) }))
    expect(restored(value(Other), refs, 'b')).toEqual({ id: 'y', cents: 2, at: 7 })
    expect(refusal(value(bare(Charge.extend({ at: z.number() }))), refs)).toMatch(/at: /)
  })

  test('that does not fit is refused with step, state, key and difference', async () => {
    const refs = await stored(value(Charge), charges)
    const message = refusal(value(z.object({ id: z.string(), cents: z.string() })), refs)
    expect(message).toMatch(/^CHECKPOINT_INCOMPATIBLE step: The state 's' cannot be restored/)
    expect(message).toMatch(/the key "[ab]", stored in version 1, does not fit its schema: cents: /)
    expect(message).toContain('Stored is { id: string, cents: number }.')
  })

  test('that gives properties in another order changes nothing', async () => {
    const refs = await stored(value(Charge), { a: { cents: 1, id: 'x' } })
    const backend = opened(value(Charge))
    backend.restore(segments.read(refs))
    expect(await segments.save(backend)).toEqual(refs)
  })

  test('that throws refuses the value', async () => {
    const refs = await stored(value(Charge), charges)
    const throwing = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate() {
          throw new Error('what is this?')
        },
      },
    } as const
    expect(refusal(value(throwing), refs)).toMatch(/makes its schema fail: what is this\?/)
  })

  test('looks at values that newer segments replaced no more', async () => {
    const loose = value<unknown>()
    const backend = opened(loose)
    const handle = backend.state({ ...descriptor, kind: 'value' })
    backend.setKey('a', -1)
    handle.set({ id: 1, cents: 'one' })
    await segments.save(backend)
    handle.set({ id: 'x', cents: 1 })
    const refs = await segments.save(backend)
    expect(restored(value(Charge), refs)).toEqual({ id: 'x', cents: 1 })
  })

  test('reads elements of lists and items of maps', async () => {
    const Item = z.object({ n: z.number() })
    const More = Item.extend({ m: z.number().default(0) })
    const lists = await stored(list(Item), { a: [{ n: 1 }, { n: 2 }] })
    expect(restored(list(More), lists)).toEqual([
      { n: 1, m: 0 },
      { n: 2, m: 0 },
    ])
    const maps = await stored(map(Item), { a: { x: { n: 1 } } })
    expect(restored(map(More), maps)).toEqual([['x', { n: 1, m: 0 }]])
    expect(refusal(map(z.object({ n: z.string() })), maps)).toMatch(/"x" in the map of the key "a"/)
  })

  test('is checked when a value is set, in development', () => {
    const backend = opened(value(Charge), true)
    backend.setKey('a', -1)
    const handle = backend.state({ ...descriptor, kind: 'value' })
    expect(() => handle.set({ id: 'x', cents: '1' })).toThrow(
      expect.objectContaining({ code: 'STATE_INVALID' }),
    )
    expect(handle.get()).toBeUndefined()
  })
})

describe('an example', () => {
  test('says fields and kinds, and null stands for anything', async () => {
    const refs = await stored(value(), { a: { id: 'x', cents: 1, note: 'new' } })
    const fits = value({ example: { id: '', cents: 0, note: null as unknown } })
    expect(restored(fits, refs)).toEqual({ id: 'x', cents: 1, note: 'new' })
    expect(refusal(value({ example: { id: 0, at: 0 } }), refs)).toMatch(
      /'id' is stored as string and declared as number; 'at' is declared and missing/,
    )
  })
})

describe('a version', () => {
  const first = value<{ name: string }>()
  const second = value<{ first: string; last: string }>({
    version: 2,
    migrate(old) {
      const [head = '', ...rest] = (old as { name: string }).name.split(' ')
      return { first: head, last: rest.join(' ') }
    },
  })

  test('migrates every value once and writes a new base', async () => {
    const refs = await stored(first, { a: { name: 'Ada Lovelace' }, b: { name: 'Alan Turing' } })
    expect(restored(second, refs)).toEqual({ first: 'Ada', last: 'Lovelace' })
    const backend = opened(second)
    backend.restore(segments.read(refs))
    const next = await segments.save(backend)
    const never = value<{ first: string; last: string }>({
      version: 2,
      migrate: () => expect.unreachable(),
    })
    expect(restored(never, next, 'b')).toEqual({ first: 'Alan', last: 'Turing' })
  })

  test('knows from which version a value comes', async () => {
    const refs = await stored(second, { a: { first: 'Ada', last: 'L' } })
    const third = value<unknown>({ version: 3, migrate: (old, from) => [from, old] })
    expect(restored(third, refs)).toEqual([2, { first: 'Ada', last: 'L' }])
  })

  test('is refused without a migration, and when it is older than what is stored', async () => {
    const refs = await stored(second, { a: { first: 'Ada', last: 'L' } })
    expect(refusal(value({ version: 3 }), refs)).toMatch(
      /is stored in version 2, and the job declares version 3 and no way to get there/,
    )
    expect(refusal(first, refs)).toMatch(/is stored in version 2, and the job declares version 1/)
  })

  test('whose migration throws, or gives nothing, names key and version', async () => {
    const refs = await stored(first, { a: { name: 'Ada' } })
    const throwing = value<unknown>({
      version: 2,
      migrate() {
        throw new Error('who is that?')
      },
    })
    expect(refusal(throwing, refs)).toMatch(
      /the key "a", stored in version 1, cannot be migrated to version 2: who is that\?/,
    )
    const forgetful = value<unknown>({ version: 2, migrate: () => undefined })
    expect(refusal(forgetful, refs)).toMatch(/`migrate` returned undefined/)
    const unstorable = value<unknown>({ version: 2, migrate: () => () => 1 })
    expect(refusal(unstorable, refs)).toMatch(/cannot be migrated to version 2: .*a function/)
  })

  test('does not matter where nothing is stored', async () => {
    const refs = await stored(second, {})
    expect(restored(first, refs)).toBeUndefined()
    const backend = opened(first)
    backend.restore(segments.read(refs))
    backend.setKey('a', -1)
    backend.state({ ...descriptor, kind: 'value' }).set({ name: 'Ada' })
    expect(restored(second, await segments.save(backend))).toEqual({ first: 'Ada', last: '' })
  })

  test('of a state that the job no longer declares is kept with it', async () => {
    const refs = await stored(second, { a: { first: 'Ada', last: 'L' } })
    const bare = opened(first)
    bare.restore(segments.read(refs))
    const next = await segments.save(bare, 'everything')
    expect(restored(second, next)).toEqual({ first: 'Ada', last: 'L' })
  })
})

test('an aggregate cannot go on as another one', async () => {
  const refs = await stored(aggregating(count()), { a: 3 })
  expect(restored(aggregating(count()), refs)).toBe(3)
  expect(refusal(aggregating(max((n: number) => n)), refs)).toMatch(
    /is stored as aggregating count and declared as aggregating max/,
  )
})

test('a value may go on as a reduced one', async () => {
  const refs = await stored(value<number>(), { a: 3 })
  expect(
    restored(
      reducing<number>((a, b) => a + b),
      refs,
    ),
  ).toBe(3)
})

test('a segment says what its values look like', async () => {
  const [ref] = await stored(value(), {
    a: { id: 'x', at: 1 },
    b: { id: 'y', at: null, tags: ['p', 1] },
  })
  const { bytes } = segments.read([ref as SegmentRef])[0] as { bytes: Uint8Array }
  const { header, shapes } = openSegment(ref as SegmentRef, bytes)
  const index = header.tables.findIndex(({ name }) => name === 's')
  expect(shapes[index]).toEqual({
    kinds: ['object'],
    fields: [
      { name: 'id', optional: false, shape: { kinds: ['string'] } },
      { name: 'at', optional: false, shape: { kinds: ['null', 'number'] } },
      {
        name: 'tags',
        optional: true,
        shape: { kinds: ['array'], elements: { kinds: ['number', 'string'] } },
      },
    ],
  })
})

test('every stored value can be checked without a job that runs', async () => {
  const values = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`k${n}`, { id: `x${n}`, cents: n === 200 ? '200' : n }]),
  )
  const refs = await stored(value(), values)
  const verified = (schema: StateDeclaration<unknown>['schema']) =>
    verifyStoredState(segments.read(refs), {
      step: 'step',
      maxParallelism: GROUPS,
      schemas: schema === undefined ? {} : { s: schema },
    })
  const verdict = verified(value(Charge).schema)
  expect(verdict).toMatchObject({ values: 300, problemCount: 1 })
  expect(verdict.problems[0]?.message).toContain('"k200"')
  const { id, cents } = Charge.shape
  const Loose = z.object({ id, cents: z.union([cents, z.string()]) })
  expect(verified(value(Loose).schema)).toMatchObject({ values: 300, problemCount: 0 })
  expect(verified(value({ version: 2 }).schema).problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('no way to get there'),
  ])
})
