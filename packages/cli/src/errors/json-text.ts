// Plain data as JSON for programs. Numbers that JSON lacks become null (nothing yet) or 'end'
// (plus infinity: the input has ended), bigints text, bytes base64; errors are taken apart,
// secrets taken out.

import { errorJson } from './error-text.ts'
import type { Redact } from './secrets.ts'

export interface JsonView {
  readonly redact: Redact
  readonly folder: string
  readonly verbose: boolean
}

/** Any plain data as one line of JSON. */
export function jsonText(value: unknown, view: JsonView, indent?: number): string {
  return JSON.stringify(
    value,
    function (this: Record<string, unknown>, name: string, present: unknown) {
      // `toJSON` of a Date has run already; the property itself is what it was.
      return jsonValue(this[name] instanceof Error ? this[name] : present, view)
    },
    indent,
  )
}

function jsonValue(value: unknown, view: JsonView): unknown {
  if (value instanceof Error) return errorJson(value, view)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return view.redact(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return value === Number.POSITIVE_INFINITY ? 'end' : null
  }
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return Array.from(value)
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  return value
}
