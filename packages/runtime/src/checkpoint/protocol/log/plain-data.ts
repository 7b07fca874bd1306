// Plain data (design: null, undefined, boolean, number, bigint, string, Date, bytes, array, Map,
// Set, object) as JSON and back. What JSON cannot say stands in an object with the single key `$…`;
// a key that begins with `$` is written with one more, so that no data is taken for a mark.

import { SluiceError } from '@sluice/core/internal'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { $bigint: value.toString() }
    case 'undefined':
      return { $undefined: null }
    case 'object':
      return value === null ? null : objectToJson(value)
    default:
      throw notPlain(typeof value)
  }
}

function objectToJson(value: object): Json {
  if (Array.isArray(value)) return Array.from(value, toJson)
  if (value instanceof Uint8Array) return { $bytes: base64(value) }
  if (value instanceof Date) return { $date: toJson(value.getTime()) }
  if (value instanceof Map) {
    return { $map: Array.from(value, ([key, item]) => [toJson(key), toJson(item)]) }
  }
  if (value instanceof Set) return { $set: Array.from(value, toJson) }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notPlain(value.constructor.name)
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, item]) => [key.startsWith('$') ? `$${key}` : key, toJson(item)]),
  )
}

export function fromJson(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(fromJson)
  const entries = Object.entries(json)
  const [first] = entries
  if (first !== undefined && /^\$[a-z]/.test(first[0])) return marked(first[0], first[1])
  return Object.fromEntries(
    entries.map(([key, item]) => [key.startsWith('$$') ? key.slice(1) : key, fromJson(item)]),
  )
}

function marked(mark: string, content: unknown): unknown {
  switch (mark) {
    case '$undefined':
      return undefined
    case '$number':
      return Number(content)
    case '$bigint':
      return BigInt(content as string)
    case '$bytes':
      return bytesOf(content as string)
    case '$date':
      return new Date(fromJson(content) as number)
    case '$map':
      return new Map(fromJson(content) as [unknown, unknown][])
    case '$set':
      return new Set(fromJson(content) as unknown[])
    default:
      throw new SluiceError('CHECKPOINT_DAMAGED', `An entry holds an unknown mark '${mark}'.`, {
        hint: 'Restore the checkpoint folder from a copy, or start from another checkpoint.',
      })
  }
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += 0x4000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x4000))
  }
  return btoa(text)
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function notPlain(what: string): SluiceError {
  return new SluiceError('RECORD_NOT_ENCODABLE', `A snapshot holds a ${what}, not plain data.`, {
    hint: 'Keep positions and operator state in plain objects, arrays, maps and values.',
  })
}
