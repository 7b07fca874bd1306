import * as platformatic from '@platformatic/kafka'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnyApi, Message } from '../../../src/wire/codec/define-api.ts'
import { knownApis } from '../../../src/wire/known-apis.ts'
import { GeneratingReader } from './generating-reader.ts'

// Another client's parsers read the answers that we write. It throws where an error code is set,
// with the answer.

type Parse = (id: number, key: number, version: number, reader: platformatic.Reader) => unknown

interface Case {
  readonly title: string
  readonly version: number
  readonly message: Message<unknown, unknown>
  readonly parse: Parse
}

/** What it reads as records, and so cannot read here. */
const unreadable = new Set(['records'])
const knownCodes = 120

function parserOf(api: AnyApi, version: number): Parse | undefined {
  const name = `${api.name.charAt(0).toLowerCase()}${api.name.slice(1)}V${version}`
  if (readOtherwise.has(`${api.name} ${version}`)) return undefined
  const found = (platformatic as unknown as Record<string, { parseResponse: Parse } | undefined>)[
    name
  ]
  return found?.parseResponse
}

/** It gives the one the form of later versions, and skips the tagged fields of the other. */
const readOtherwise = new Set(['AddPartitionsToTxn 3', 'ApiVersions 3'])

const cases: Case[] = knownApis.flatMap((api) =>
  Array.from({ length: api.newest - api.oldest + 1 }, (_, index) => api.oldest + index).flatMap(
    (version) => {
      const parse = parserOf(api, version)
      const message = api.response as Message<unknown, unknown>
      return parse === undefined ? [] : [{ title: api.name, version, message, parse }]
    },
  ),
)

function readByOther({ parse, version }: Case, bytes: Uint8Array): unknown {
  const reader = platformatic.Reader.from(Buffer.from(bytes))
  try {
    return parse(0, 0, version, reader)
  } catch (error) {
    const { response } = error as { response?: unknown }
    if (response === undefined) throw error
    return response
  }
}

/** Each leaf of ours stands in theirs. Returns how many there were. */
function compare(ours: unknown, theirs: unknown, path: string): number {
  if (Array.isArray(ours)) {
    expect(theirs, path).toHaveLength(ours.length)
    const others = theirs as unknown[]
    return ours.reduce<number>(
      (sum, each, index) => sum + compare(each, others[index], `${path}[${index}]`),
      1,
    )
  }
  if (ours instanceof Uint8Array) {
    expect(Buffer.from(theirs as Uint8Array), path).toEqual(Buffer.from(ours))
    return 1
  }
  if (typeof ours === 'object' && ours !== null) {
    let leaves = 0
    for (const [name, value] of Object.entries(ours)) {
      if (value === undefined || unreadable.has(name)) continue
      const others = theirs as Record<string, unknown>
      if (!Object.hasOwn(others, name)) {
        // A version that lacks the field.
        expect([[], -1, 0, false], `${path}.${name}`).toContainEqual(value)
        continue
      }
      leaves += compare(value, others[name], `${path}.${name}`)
    }
    return leaves
  }
  expect(comparable(theirs), path).toEqual(ours)
  return 1
}

function comparable(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  const isUuid =
    typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
  return isUuid ? Buffer.from(value.replaceAll('-', ''), 'hex').toString('base64url') : value
}

/** With error codes that the other client knows, too: it looks up each that is set. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (unreadable.has(name)) return [name, null]
      const isCode = /errorCode$/i.test(name)
      return [name, isCode ? Math.abs(each as number) % knownCodes : readable(each)]
    }),
  )
}

describe('Another client reads our answers as we mean them', () => {
  test('in most versions', () => {
    expect(cases.length).toBeGreaterThan(30)
  })

  test.each(cases)('$title version $version', (each) => {
    const { message, version, title } = each
    let leaves = 0
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 32 - 1), { minLength: 4, maxLength: 60 }), (numbers) => {
        const drawn = message.codec(version).read(GeneratingReader.of(numbers))
        const ours = readable(drawn)
        const bytes = message.encode(version, ours)
        leaves += compare(ours, readByOther(each, bytes), title)
      }),
    )
    expect(leaves).toBeGreaterThan(100)
  })
})
