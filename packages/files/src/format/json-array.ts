// Files that are one JSON array: its elements are the records. The file is never held as a whole;
// where an element ends is found by counting brackets outside of strings.

import { json } from '@sluice/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { MalformedRecord, type RecordScanner, type TextFileFormat } from './file-format.ts'

/**
 * The file is one JSON array, and its elements are the records. With a schema they are validated,
 * and their type is the schema's output.
 *
 * @example
 * fileSource({ path: './earthquakes.json', format: jsonArray(Earthquake) })
 */
export function jsonArray<Schema extends StandardSchemaV1>(
  schema: Schema,
): TextFileFormat<StandardSchemaV1.InferOutput<Schema>>
export function jsonArray<T = unknown>(): TextFileFormat<T>
export function jsonArray(schema?: StandardSchemaV1): TextFileFormat<unknown> {
  const format = schema === undefined ? json<unknown>() : json(schema)
  const decodeText = format.decodeText as (text: string) => unknown
  return {
    layout: 'text',
    name: 'json-array',
    cutAtLines: false,
    hasHeader: false,
    unit: 'element',
    newScanner: () => new ElementScanner(decodeText),
  }
}

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Between records the scanner stands behind an element: a comma or the closing bracket follows. */
class ElementScanner implements RecordScanner<unknown> {
  found = false
  start = 0
  end = 0
  readonly decode: (element: string) => unknown

  constructor(decode: (element: string) => unknown) {
    this.decode = decode
  }

  next(text: string, from: number, first: boolean, ended: boolean): number {
    this.found = false
    let at = skipSpace(text, from)
    if (at === text.length) {
      if (ended && first && at === from) return -1
      return this.#breaksOff(ended)
    }
    const code = text.charCodeAt(at)
    if (first) {
      if (code !== openBracket) throw new MalformedRecord('the file is no JSON array', true)
      at = skipSpace(text, at + 1)
      if (at === text.length) return this.#breaksOff(ended)
      if (text.charCodeAt(at) === closeBracket) return this.#close(text, at)
    } else {
      if (code === closeBracket) return this.#close(text, at)
      if (code !== comma)
        throw new MalformedRecord('a comma or the end of the array is missing', true)
      at = skipSpace(text, at + 1)
    }
    const end = endOfElement(text, at)
    if (end < 0) return this.#breaksOff(ended)
    if (end === at) throw new MalformedRecord('an element of the array is missing', true)
    this.found = true
    this.start = at
    this.end = end
    return end
  }

  #breaksOff(ended: boolean): number {
    if (ended) throw new MalformedRecord('the array breaks off', true)
    return -1
  }

  /**
   * Only white space may follow; the closing bracket is looked at again until the file has ended.
   */
  #close(text: string, at: number): number {
    if (skipSpace(text, at + 1) < text.length) {
      throw new MalformedRecord('something follows the end of the array', true)
    }
    return -1
  }
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
  }
  return at
}

/** The end of the element that begins at `from`; -1 if the text breaks off before it is known. */
function endOfElement(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfString(text, at + 1)
      if (at < 0) return -1
    } else if (code === openBrace || code === openBracket) {
      depth++
    } else if (code === closeBrace || code === closeBracket) {
      if (depth === 0) return trimmedEnd(text, from, at)
      depth--
    } else if (code === comma && depth === 0) {
      return trimmedEnd(text, from, at)
    }
  }
  return -1
}

/** Where the closing quote stands; -1 if the text breaks off before. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes++
    if (backslashes % 2 === 0) return at
  }
  return -1
}

function trimmedEnd(text: string, from: number, end: number): number {
  let at = end
  while (at > from && skipSpace(text, at - 1) >= end) at--
  return at
}
