// Keys as people read them in errors and logs.

import type { Key } from '@sluice/core/internal'

/** Longer texts are cut. */
const LONGEST_TEXT = 100

/** A key in one short line. */
export function describeKey(key: Key): string {
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key]
  const texts = parts.map((part) => {
    if (typeof part === 'string') return JSON.stringify(part.slice(0, LONGEST_TEXT))
    return typeof part === 'bigint' ? `${part}n` : String(part)
  })
  return Array.isArray(key) ? `[${texts.join(', ')}]` : (texts[0] as string)
}
