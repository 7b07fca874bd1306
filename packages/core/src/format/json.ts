// JSON, one value per record. What JSON cannot say (NaN, bigints, Maps, functions, …) is refused
// when it is written, instead of being dropped or turned into something else.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '../errors.ts'
import { issueText, validate } from '../schema/validation.ts'
import type { Format } from './format.ts'
import { JsonDecoder } from './json-form/json-decoder.ts'
import { textFromUtf8, utf8FromText } from './utf-8.ts'

/**
 * Records are JSON. With a schema what is read is validated, and its type is the schema's output;
 * without one the type is inferred from its place or given (`json<Order>()`). A Date is written as
 * its ISO text, a property that is undefined is left out. Numbers beyond 2^53 lose digits when
 * read, as everywhere in JavaScript.
 *
 * @example
 * const orders = json(Order) // Format<z.output<typeof Order>>
 */
export function json<Schema extends StandardSchemaV1>(
  schema: Schema,
): Format<StandardSchemaV1.InferOutput<Schema>>
export function json<T>(): Format<T>
export function json(schema?: StandardSchemaV1): Format<unknown> {
  const check = (parsed: unknown) => {
    return schema === undefined ? parsed : validated(schema, parsed)
  }
  const decoder = new JsonDecoder((bytes) => parseJson(textFromUtf8(bytes)))
  return {
    name: 'json',
    decode: (bytes) => check(decoder.decode(bytes)),
    encode: (value) => utf8FromText(jsonText(value)),
    decodeText: (text) => check(parseJson(text)),
    encodeText: jsonText,
  }
}

function parseJson(text: string): unknown {
  try {
    // A byte order mark is no part of a JSON text, but some programs write it.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('RECORD_MALFORMED', `A record is not JSON: ${reason}`, { cause: error })
  }
}

function validated(schema: StandardSchemaV1, parsed: unknown): unknown {
  const result = validate(schema, parsed, 'a json format')
  if (result.issues === undefined) return result.value
  const issues = result.issues.map(issueText).join('; ')
  throw new SluiceError('RECORD_MALFORMED', `A record does not fit its schema: ${issues}`)
}

function jsonText(value: unknown): string {
  checkSayable(value, undefined)
  return JSON.stringify(value)
}

/** Where in a record: names and indexes from the inside out, joined only for an error. */
interface Path {
  readonly of: unknown
  readonly step: string
  readonly above: Path | undefined
}

const mostDepth = 1000

function checkSayable(value: unknown, path: Path | undefined): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (!Number.isFinite(value)) throw unsayable(String(value), path)
      return
    case 'object':
      if (value !== null) checkObject(value, path)
      return
    default:
      throw unsayable(value === undefined ? 'undefined' : `a ${typeof value}`, path)
  }
}

function checkObject(value: object, path: Path | undefined): void {
  if (Array.isArray(value)) {
    if (isInside(value, path)) throw unsayable('a cycle, or more than a thousand levels', path)
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (isSimple(item)) continue
      checkSayable(item, { of: value, step: `[${index}]`, above: path })
    }
    return
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw unsayable('an invalid Date', path)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw unsayable(`a ${value.constructor?.name ?? 'class instance'}`, path)
  }
  if (isInside(value, path)) throw unsayable('a cycle, or more than a thousand levels', path)
  for (const name of Object.keys(value)) {
    const property = (value as Record<string, unknown>)[name]
    if (property === undefined || isSimple(property)) continue
    checkSayable(property, { of: value, step: `.${name}`, above: path })
  }
}

/** The common case, without a path. */
function isSimple(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}

function isInside(value: object, path: Path | undefined): boolean {
  let depth = 0
  for (let above = path; above !== undefined; above = above.above) {
    if (above.of === value || ++depth > mostDepth) return true
  }
  return false
}

function unsayable(what: string, path: Path | undefined): SluiceError {
  let place = ''
  for (let above = path; above !== undefined && place.length < 200; above = above.above) {
    place = above.step + place
  }
  const message = `JSON cannot say ${what} (at record${place}).`
  return new SluiceError('RECORD_NOT_ENCODABLE', message, {
    hint: 'Map it to texts, finite numbers, booleans, null, arrays and plain objects first.',
  })
}
