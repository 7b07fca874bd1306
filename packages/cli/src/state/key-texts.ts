// Keys on the command line. A shell gives texts, and a key may be a number, a tuple and more: so
// `--key 42` stands for the text and for the number, and `--key-json` says which.

import { type Key, mapKey, SluiceError } from '@sluice/core/internal'
import { fromJson } from '@sluice/runtime/internal'

export interface KeyOptions {
  readonly key?: string
  readonly keyJson?: string
}

/** All keys that the options may mean, the plainest first; undefined where they name none. */
export function keysOf({ key, keyJson }: KeyOptions): readonly Key[] | undefined {
  if (key !== undefined && keyJson !== undefined) {
    throw new SluiceError('USAGE', 'Both --key and --key-json name a key.', {
      hint: 'Give one of them.',
    })
  }
  if (keyJson !== undefined) return [keyFromJson(keyJson)]
  if (key === undefined) return undefined
  const read = readKey(key)
  return read === undefined || read === key ? [key] : [key, read]
}

/** Throws USAGE where the text is not the JSON of a key. */
function keyFromJson(text: string): Key {
  const key = readKey(text)
  if (key !== undefined) return key
  throw new SluiceError('USAGE', `--key-json: ${text} is not the JSON of a key.`, {
    hint: 'A key is a text, number, boolean, {"$bigint":"7"}, or an array of one to four of these.',
  })
}

/** Undefined where the text is no JSON, or not that of a key. */
function readKey(text: string): Key | undefined {
  try {
    const key = fromJson(JSON.parse(text)) as Key
    mapKey(key)
    return key
  } catch {
    return undefined
  }
}
