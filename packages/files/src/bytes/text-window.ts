// The text that a scanner of records looks at: a stretch of a file, decoded once per chunk, with
// the way back from characters to bytes. UTF-8 is exact: a chunk may end within a character, and
// where bytes are no UTF-8 the window holds one character per byte, so that only the record
// concerned is lost.

import { joined } from './joined.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const byteOrderMark = 0xfeff

export class TextWindow {
  /** Text to look at from `from`; what stands before it is done with. */
  text = ''
  from = 0
  /** One character per byte, because the stretch is not UTF-8. */
  #raw = false
  #ascii = true
  /** Position of the first character of the text. */
  #startByte: number
  /** Where in the text the content begins, behind a byte order mark; -1 if it is done with. */
  #contentStart = -1
  /** The first bytes of a character that is not there completely. */
  #tail = new Uint8Array()

  constructor(position: number) {
    this.#startByte = position
  }

  /** Whether nothing of the content is done with; a byte order mark is no content. */
  get atStart(): boolean {
    return this.from === this.#contentStart
  }

  /** Characters that are not done with. */
  get restLength(): number {
    return this.text.length - this.from
  }

  /** The byte at which the record at `index` begins. */
  positionOf(index: number): number {
    return this.#startByte + (this.#ascii || this.#raw ? index : utf8Length(this.text, 0, index))
  }

  /** Size in bytes of a stretch of the text. */
  sizeOf(start: number, end: number): number {
    return this.#ascii || this.#raw ? end - start : utf8Length(this.text, start, end)
  }

  /** Adds the bytes that follow. */
  append(pieces: readonly Uint8Array[]): void {
    const { atStart } = this
    const position = this.positionOf(this.from)
    const rest = this.text.slice(this.from)
    const kept = this.#raw ? [bytesOf(rest), this.#tail] : [this.#tail]
    const bytes =
      kept.every((piece) => piece.length === 0) && pieces.length === 1
        ? (pieces[0] as Uint8Array)
        : joined([...kept, ...pieces])
    const before = this.#raw ? '' : rest
    const whole = completeLength(bytes)
    const decoded = decode(whole === bytes.length ? bytes : bytes.subarray(0, whole))
    if (decoded === undefined) {
      this.#raw = true
      this.text = textOf(encoder.encode(before)) + textOf(bytes)
      this.#tail = new Uint8Array()
    } else {
      this.#ascii = decoded.length === whole && (before === '' || this.#ascii)
      this.#raw = false
      this.text = before + decoded
      this.#tail = bytes.slice(whole)
    }
    this.from = 0
    this.#startByte = position
    if (position === 0) this.from = this.#contentStart = this.#markLength()
    else if (this.#contentStart >= 0) this.#contentStart = atStart ? 0 : -1
  }

  /** No bytes follow: half a character at the end is text as well, though no UTF-8. */
  end(): void {
    if (this.#tail.length === 0) return
    const position = this.positionOf(this.from)
    const rest = this.text.slice(this.from)
    this.text = (this.#raw ? rest : textOf(encoder.encode(rest))) + textOf(this.#tail)
    this.#contentStart = this.atStart ? 0 : -1
    this.#raw = true
    this.#tail = new Uint8Array()
    this.from = 0
    this.#startByte = position
  }

  /** The text of a record; undefined if its bytes are no UTF-8. */
  slice(start: number, end: number): string | undefined {
    const text = this.text.slice(start, end)
    return this.#raw ? decode(bytesOf(text)) : text
  }

  /** The bytes of a stretch, as they stand in the file. */
  bytes(start: number, end: number): Uint8Array {
    const text = this.text.slice(start, end)
    return this.#raw ? bytesOf(text) : encoder.encode(text)
  }

  #markLength(): number {
    if (this.#raw) return this.text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0
    return this.text.charCodeAt(0) === byteOrderMark ? 1 : 0
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** How much of the bytes ends with a whole character. */
function completeLength(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number
    if (byte < 0x80) return length
    if (byte < 0xc0) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return needed > back ? length - back : length
  }
  return length
}

function utf8Length(text: string, start: number, end: number): number {
  let length = end - start
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) continue
    if (code < 0x800) length += 1
    // Half of a pair takes two of the four bytes of its character.
    else if (code >= 0xd800 && code < 0xe000) length += 1
    else length += 2
  }
  return length
}

function textOf(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let from = 0; from < bytes.length; from += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(from, from + 8192)))
  }
  return parts.join('')
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
  return bytes
}
