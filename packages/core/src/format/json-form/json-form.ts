// The form of a JSON object: what stands between its values, byte for byte, and where the values
// go. Programs write their records from one struct or class, so records of a stream have few forms,
// whatever they say: names, order, spaces and nesting are the same in each.

/** A place for a value, by its index, or an object with a place for each of its properties. */
export type JsonShape = number | { readonly [name: string]: JsonShape }

export interface JsonForm {
  /** Before the first value, between two, and after the last: one more than there are places. */
  readonly between: readonly Uint8Array[]
  readonly shape: JsonShape
}

/** With more places or bytes between them a record is left to `JSON.parse`. */
const MOST_PLACES = 64
const MOST_BYTES_BETWEEN = 2048

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPENING_ARRAY = 0x5b
const OPENING = 0x7b
const CLOSING = 0x7d

/**
 * The form of a record that is known to be JSON in UTF-8; undefined where it has none: it is no
 * object, holds an array or an empty object, or names whose order or meaning is special.
 */
export function jsonFormOf(record: Uint8Array): JsonForm | undefined {
  return new FormScanner(record).scan()
}

class FormScanner {
  readonly #record: Uint8Array
  readonly #between: Uint8Array[] = []
  #at = 0
  /** Where the last value ended. */
  #from = 0
  #bytesBetween = 0

  constructor(record: Uint8Array) {
    this.#record = record
  }

  scan(): JsonForm | undefined {
    this.#skipSpace()
    const shape = this.#shape()
    if (typeof shape !== 'object') return undefined
    this.#at = this.#record.length
    this.#cut()
    return this.#bytesBetween > MOST_BYTES_BETWEEN ? undefined : { between: this.#between, shape }
  }

  #shape(): JsonShape | undefined {
    const byte = this.#record[this.#at]
    if (byte === OPENING) return this.#object()
    if (byte === OPENING_ARRAY || this.#between.length === MOST_PLACES) return undefined
    this.#cut()
    if (byte === QUOTE) this.#skipString()
    else while (!this.#isEnd(this.#record[this.#at] ?? CLOSING)) this.#at++
    this.#from = this.#at
    return this.#between.length - 1
  }

  #object(): JsonShape | undefined {
    const properties: Record<string, JsonShape> = {}
    do {
      this.#at++
      this.#skipSpace()
      if (this.#record[this.#at] === CLOSING) return undefined
      const name = this.#name()
      if (name === undefined) return undefined
      this.#skipSpace()
      this.#at++
      this.#skipSpace()
      const shape = this.#shape()
      if (shape === undefined) return undefined
      properties[name] = shape
      this.#skipSpace()
    } while (this.#record[this.#at] === COMMA)
    this.#at++
    return properties
  }

  /** A plain name: no escapes, no other letters, no index, and not that of the prototype. */
  #name(): string | undefined {
    const from = this.#at + 1
    this.#skipString()
    const name = String.fromCharCode(...this.#record.subarray(from, this.#at - 1))
    return /^[\w .$:/@-]+$/.test(name) && !/^\d+$/.test(name) && name !== '__proto__'
      ? name
      : undefined
  }

  /** What stands before the value at hand. */
  #cut(): void {
    const bytes = this.#record.slice(this.#from, this.#at)
    this.#bytesBetween += bytes.length
    this.#between.push(bytes)
  }

  #skipString(): void {
    for (this.#at++; (this.#record[this.#at] ?? QUOTE) !== QUOTE; this.#at++) {
      if (this.#record[this.#at] === BACKSLASH) this.#at++
    }
    this.#at++
  }

  #skipSpace(): void {
    while (isSpace(this.#record[this.#at] ?? CLOSING)) this.#at++
  }

  #isEnd(byte: number): boolean {
    return byte === COMMA || byte === CLOSING || isSpace(byte)
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
