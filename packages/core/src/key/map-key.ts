// A key as something that a JavaScript `Map` tells apart: a primitive, different for every key. A
// tuple becomes a text behind the mark U+0000; a plain text that begins with the mark is escaped,
// so the two never meet. All other keys stand for themselves.

import type { Key, KeyPart } from './key.ts'
import { invalidKey, isTuple, tupleParts } from './key-bytes.ts'

const escapedText = '\u0000s'
const tuple = '\u0000t'

/** A primitive that stands for the key in a `Map`. Throws KEY_INVALID. */
export function mapKey(key: Key): KeyPart {
  switch (typeof key) {
    case 'string':
      return key.charCodeAt(0) === 0 ? escapedText + key : key
    case 'number':
      if (key !== key) throw invalidKey(key)
      return key + 0
    case 'bigint':
    case 'boolean':
      return key
    default:
      if (!isTuple(key)) throw invalidKey(key)
      return tuple + tupleParts(key).map(partText).join('')
  }
}

/** The key that `mapKey` made this of. */
export function keyFromMapKey(primitive: KeyPart): Key {
  if (typeof primitive !== 'string' || primitive.charCodeAt(0) !== 0) return primitive
  if (primitive.startsWith(escapedText)) return primitive.slice(escapedText.length)
  return tupleFromText(primitive) as unknown as Key
}

/** Kind, then a text with its length before it, or anything else with a semicolon behind it. */
function partText(part: KeyPart): string {
  switch (typeof part) {
    case 'string':
      return `s${part.length}:${part}`
    case 'number':
      if (part !== part) throw invalidKey(part)
      return `n${part};`
    case 'bigint':
      return `i${part};`
    case 'boolean':
      return part ? 'b1;' : 'b0;'
    default:
      throw invalidKey(part)
  }
}

function tupleFromText(text: string): KeyPart[] {
  const parts: KeyPart[] = []
  let at = tuple.length
  while (at < text.length) {
    const kind = text[at]
    if (kind === 's') {
      const colon = text.indexOf(':', at)
      const end = colon + 1 + Number(text.slice(at + 1, colon))
      parts.push(text.slice(colon + 1, end))
      at = end
    } else {
      const end = text.indexOf(';', at)
      const written = text.slice(at + 1, end)
      parts.push(kind === 'n' ? Number(written) : kind === 'i' ? BigInt(written) : written === '1')
      at = end + 1
    }
  }
  return parts
}
