import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flattenString, flattenValue } from '../../../src/network/codec/flatten.ts'
import { anyText, anyValue } from './arbitrary-value.ts'
import { firstDifference } from './exactly-equal.ts'

/** Room for what the process itself holds by then: compiled code, feedback, buffers. */
const CODE_BYTES = 1_000_000

const source = new URL('../../../src/network/codec/', import.meta.url).href

/**
 * Bytes held by 5,000 strings of 36 characters, each of them cut from the text of its own batch.
 */
function heldBytes(keep: string): number {
  const script = `
    import { flattenString, flattenValue } from '${source}flatten.ts'
    import { BatchEncoder, BatchDecoder } from '${source}batch-codec.ts'
    const encoder = new BatchEncoder(), decoder = new BatchDecoder()
    const timestamps = new Float64Array(100)
    const kept = []
    gc(); const before = process.memoryUsage().heapUsed
    for (let b = 0; b < 5000; b++) {
      const key = (i) => 'key-' + '0'.repeat(24) + (1e7 + b * 100 + i)
      const values = Array.from({ length: 100 }, (_, i) => ({ k: key(i) }))
      const batch = decoder.decode(encoder.encode({ values, timestamps, length: 100 }))
      const record = batch.values[50]
      kept.push(${keep})
    }
    gc(); gc()
    console.log(process.memoryUsage().heapUsed - before, kept.length)`
  const args = ['--expose-gc', '--conditions=sluice-source', '--input-type=module', '-e', script]
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(run.status, run.stderr).toBe(0)
  return Number(run.stdout.split(' ')[0])
}

describe('flatten', () => {
  it('returns an equal text', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.nat(80), (a, b, from) => {
        const cut = `${a}${b}${a}`.substring(from)
        expect(flattenString(cut)).toBe(cut)
      }),
    )
    for (const length of [12, 13, 4096, 4097, 100_000]) {
      for (const unit of ['x', 'ÿ', '日', '\ud800']) {
        const text = unit.repeat(length)
        expect(flattenString(text)).toBe(text)
      }
    }
  })

  it('returns an exactly equal value and leaves the given one as it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const before = structuredCloneOf(value)
        expect(firstDifference(value, flattenValue(value))).toBeUndefined()
        expect(firstDifference(value, before)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('flattens frozen values, keys of maps and nested texts into new containers', () => {
    const long = 'a text that is long enough'
    const value = Object.freeze({
      list: Object.freeze([1, long]),
      map: new Map([[long, { long }]]),
    })
    const flat = flattenValue(value)
    expect(flat).toEqual(value)
    expect(flat.list).not.toBe(value.list)
    expect(flat.map.get(long)).not.toBe(value.map.get(long))
  })

  it('returns a value without long texts as it is', () => {
    const value = { a: 1, b: 'short', c: [new Date(0), new Uint8Array(2)], d: new Map([[1, 'x']]) }
    expect(flattenValue(value)).toBe(value)
  })

  it('lets the texts of the batches go', () => {
    const cut = heldBytes('record.k')
    const copied = heldBytes('flattenString(record.k)')
    const records = heldBytes('flattenValue(record)')
    const maps = heldBytes('flattenValue(new Map([[record.k, { list: [record.k] }]]))')
    // The cut keys hold 100 keys each; a copied one holds 36 characters and its place in the list.
    expect(cut).toBeGreaterThan(5_000 * 3600)
    expect(copied).toBeLessThan(5_000 * 100 + CODE_BYTES)
    expect(maps).toBeLessThan(5_000 * 900 + CODE_BYTES)
    expect(records).toBeLessThan(5_000 * 180 + CODE_BYTES)
  }, 60_000)
})

/** A copy made of nothing that is under test. */
function structuredCloneOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date || ArrayBuffer.isView(value)) return value
  if (value instanceof Map) {
    return new Map(
      [...value].map(([key, entry]) => [structuredCloneOf(key), structuredCloneOf(entry)]),
    )
  }
  if (value instanceof Set) return new Set([...value].map(structuredCloneOf))
  const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
  for (const key of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor
    Object.defineProperty(copy, key, { ...property, value: structuredCloneOf(property.value) })
  }
  return copy
}
