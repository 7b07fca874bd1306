// The two formats that leave a record as it is: its text, or its bytes.

import type { Format } from './format.ts'
import { checkWellFormed, textFromUtf8, utf8FromText } from './utf-8.ts'

/**
 * Records are texts, in UTF-8.
 *
 * @example
 * const lines: Format<string> = text()
 */
export function text(): Format<string> {
  return {
    name: 'text',
    decode: textFromUtf8,
    encode: utf8FromText,
    decodeText: (line) => line,
    encodeText(line) {
      checkWellFormed(line)
      return line
    },
  }
}

/** Records are bytes. */
export function bytes(): Format<Uint8Array> {
  return {
    name: 'bytes',
    // The buffer behind may be used again by whoever read it.
    decode: (record) => record.slice(),
    encode: (record) => record,
  }
}
