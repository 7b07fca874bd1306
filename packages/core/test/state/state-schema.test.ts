import * as v from 'valibot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { jsonSchemaDifferences } from '../../src/state/json-schema-differences.ts'
import { shapeText } from '../../src/state/shape.ts'
import { ShapeObserver, shapeOf } from '../../src/state/shape-observer.ts'
import { counter, list, map, value } from '../../src/state/declaration.ts'
import { describeStates, stateSchemas } from '../../src/state/declared-states.ts'
import { aggregating, reducing } from '../../src/state/folding.ts'
import { count } from '../../src/aggregate/aggregator.ts'

function shapeOfAll(...values: readonly unknown[]) {
  const observer = new ShapeObserver()
  for (const each of values) observer.observe(each)
  return observer.shape() ?? { kinds: [] }
}

function zodDifferences(schema: z.ZodType, ...values: readonly unknown[]): string[] {
  const target = { target: 'draft-2020-12' } as const
  return jsonSchemaDifferences(shapeOfAll(...values), schema['~standard'].jsonSchema.input(target))
}

test('a shape says kinds, fields, what may lack, and elements', () => {
  const shape = shapeOfAll(
    { id: 1, at: new Date(0), tags: ['a', 1], m: new Map([['k', { n: 1n }]]) },
    { id: 'x', tags: [], gone: undefined },
    null,
  )
  expect(shapeText(shape)).toBe(
    'null | { id: number | string, at?: date, tags: array of (number | string), ' +
      'm?: map of ({ n: bigint }), gone?: anything }',
  )
})

test('a shape stays small, whatever it is shown', () => {
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`field-${n}`, { n }]))
  let deep: unknown = 1
  for (let level = 0; level < 100; level++) deep = { deep }
  const shape = shapeOfAll(
    wide,
    deep,
    Array.from({ length: 10_000 }, (_, n) => ({ [`f${n}`]: n })),
  )
  expect(JSON.stringify(shape).length).toBeLessThan(20_000)
  expect(shape.cut).toBe(true)
})

test('a JSON schema finds fields of another kind, missing ones, and none that fit', () => {
  const Order = z.object({
    id: z.string(),
    cents: z.number().int(),
    note: z.string().optional(),
    paid: z.boolean().default(false),
    lines: z.array(z.object({ sku: z.string() })),
    status: z.enum(['open', 'closed']),
    by: z.union([z.string(), z.null()]),
  })
  const fits = { id: 'x', cents: 1, lines: [{ sku: 's' }], status: 'open', by: null }
  expect(zodDifferences(Order, fits, { ...fits, note: 'n', by: 'me', more: 1 })).toEqual([])
  expect(zodDifferences(Order, { ...fits, cents: '1', lines: [{ sku: 7 }], by: 1 })).toEqual([
    "'cents' is stored as string and declared as integer",
    "'lines[].sku' is stored as number and declared as string",
    "'by' is stored as number and declared as string or null",
  ])
  const { status: _, ...without } = fits
  expect(zodDifferences(Order, fits, without)).toEqual([
    "'status' is required and missing in what is stored",
  ])
  expect(zodDifferences(Order, 'text')).toEqual([
    'the value is stored as string and declared as object',
  ])
})

test('unions, references and closed objects are understood', () => {
  const Leaf = z.object({ kind: z.literal('leaf'), n: z.number() })
  const Text = z.object({ kind: z.literal('text'), text: z.string() })
  const Either = z.union([Leaf, Text])
  expect(zodDifferences(Either, { kind: 'leaf', n: 1 }, { kind: 'text', text: 't' })).toEqual([])
  expect(zodDifferences(Either, 5)).toEqual([
    'the value is stored as number and declared as object',
  ])
  interface Tree {
    value: number
    left?: Tree | undefined
  }
  const Tree: z.ZodType<Tree> = z.lazy(() => {
    return z.object({ value: z.number(), left: Tree.optional() })
  })
  expect(zodDifferences(Tree, { value: 1, left: { value: 2, left: { value: 'x' } } })).toEqual([
    "'left.left.value' is stored as string and declared as number",
  ])
  expect(zodDifferences(z.strictObject({ a: z.number() }), { a: 1, b: 2 })).toEqual([
    "'b' is stored, and no value is allowed there",
  ])
  expect(zodDifferences(z.record(z.string(), z.number()), { x: 1, y: 'z' })).toEqual([
    "'y' is stored as string and declared as number",
  ])
})

test('what a JSON schema cannot say is left to the validation of values', () => {
  const { rules } = value(z.object({ at: z.date() })).schema ?? {}
  expect(rules?.text).toBeUndefined()
  expect(rules?.differences(shapeOf({ at: 1 }))).toEqual([])
  expect(rules?.read({ at: new Date(0) })).toEqual({ value: { at: new Date(0) } })
  expect(rules?.read({ at: 1 }).issues?.[0]).toMatch(/^at: /)
})

test('schemas of other libraries work without a JSON schema', () => {
  const { rules } = list(v.object({ n: v.number() })).schema ?? {}
  expect(rules?.read({ n: 1 })).toEqual({ value: { n: 1 } })
  expect(rules?.read({ n: '1' }).issues).toHaveLength(1)
})

test('a version without sense is refused where it is declared', () => {
  for (const version of [0, -1, 1.5, Number.NaN]) {
    expect(() => value({ version })).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
  }
  expect(() => value({ migrate: () => 1 })).toThrow(/needs a version from 2/)
  expect(() => value({ ttl: '1h', refresh: 'never' as never })).toThrow(/'never'/)
})

test('descriptors are data, and say no more than a job declares', () => {
  const declared = {
    plain: value<number>(),
    counted: counter({ ttl: '1s', refresh: 'read-and-write' }),
    second: map<string, number>({ version: 2, migrate: () => 1 }),
    spent: aggregating(count()),
    highest: reducing<number>(Math.max, { example: 1 }),
  }
  expect(describeStates(declared, 'step')).toEqual([
    { name: 'plain', kind: 'value', namespace: 'none' },
    {
      name: 'counted',
      kind: 'counter',
      namespace: 'none',
      ttlMs: 1000,
      ttlClock: 'processing',
      ttlRefresh: 'read-and-write',
    },
    { name: 'second', kind: 'map', namespace: 'none', version: 2 },
    { name: 'spent', kind: 'value', namespace: 'none', form: 'aggregating count' },
    { name: 'highest', kind: 'value', namespace: 'none' },
  ])
  expect(Object.keys(stateSchemas(declared))).toEqual(['second', 'spent', 'highest'])
})
