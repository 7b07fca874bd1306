// UTF-8 for formats, exact in both ways: bytes that are no UTF-8 are malformed, a text with a lone
// surrogate cannot be encoded, and a byte order mark is part of the text.

import { SluiceError } from '../errors.ts'
import { latin1Slice, TextDecoder, TextEncoder } from '../platform-globals.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of UTF-8 bytes. Throws RECORD_MALFORMED. */
export function textFromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw new SluiceError('RECORD_MALFORMED', 'The bytes of a record are not UTF-8.', {
      cause: error,
    })
  }
}

/** The text of bytes that are known to be ASCII. */
export function asciiText(bytes: Uint8Array, from: number, until: number): string {
  return latin1Slice === undefined
    ? decoder.decode(bytes.subarray(from, until))
    : latin1Slice.call(bytes, from, until)
}

/** The UTF-8 bytes of a text. Throws RECORD_NOT_ENCODABLE. */
export function utf8FromText(text: string): Uint8Array {
  checkWellFormed(text)
  return encoder.encode(text)
}

/** Throws RECORD_NOT_ENCODABLE for a text that UTF-8 cannot say. */
export function checkWellFormed(text: string): void {
  if (text.isWellFormed()) return
  throw new SluiceError('RECORD_NOT_ENCODABLE', 'A text with half a character is not UTF-8.', {
    hint: 'It was cut between the two halves of a character; mend it with toWellFormed().',
  })
}
