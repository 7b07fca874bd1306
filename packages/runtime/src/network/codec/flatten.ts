// Copies of strings that were cut from the text of a batch. V8 keeps a cut string as a pointer into
// its text, so one string in state keeps a whole batch alive; a flat copy lets the text go.

import { isWide } from './byte-writer.ts'
import { defineKey } from './object-shapes.ts'

/** V8 cuts strings of at least so many characters by reference; shorter ones are copies already. */
const SLICED_LENGTH = 13
const SCRATCH_BYTES = 4096

const scratch = Buffer.from(new ArrayBuffer(SCRATCH_BYTES))

/** An equal string that shares no memory with another. */
export function flattenString(text: string): string {
  const length = text.length
  if (length < SLICED_LENGTH) return text
  const encoding = isWide(text) ? 'utf16le' : 'latin1'
  const sizeBytes = encoding === 'latin1' ? length : length * 2
  const buffer = sizeBytes <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafeSlow(sizeBytes)
  buffer.write(text, 0, sizeBytes, encoding)
  return buffer.toString(encoding, 0, sizeBytes)
}

/**
 * An equal value whose strings, keys of maps included, are flat copies. Values without long strings
 * are returned as they are; others are rebuilt along the path to each string, never changed in
 * place.
 */
export function flattenValue<T>(value: T): T {
  return flatten(value) as T
}

function flatten(value: unknown): unknown {
  if (typeof value === 'string') return flattenString(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return flattenArray(value)
  if (value instanceof Map) return flattenMap(value)
  if (value instanceof Set) return flattenSet(value)
  if (value instanceof Date || ArrayBuffer.isView(value)) return value
  return flattenObject(value as Record<string, unknown>)
}

/** True where a copy must take the place of the original. */
function differs(copy: unknown, original: unknown): boolean {
  // Equal strings compare as the same, so a long string always counts as copied.
  if (typeof original === 'string') return original.length >= SLICED_LENGTH
  return !Object.is(copy, original)
}

function flattenArray(array: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined
  for (let i = 0; i < array.length; i++) {
    const flat = flatten(array[i])
    if (!differs(flat, array[i])) continue
    // Holes stay holes in a slice.
    copy ??= array.slice()
    copy[i] = flat
  }
  return copy ?? array
}

function flattenObject(value: Record<string, unknown>): object {
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(value)) {
    const flat = flatten(value[key])
    if (!differs(flat, value[key])) continue
    copy ??= Object.getPrototypeOf(value) === null ? nullPrototypeCopy(value) : { ...value }
    defineKey(copy, key, flat)
  }
  return copy ?? value
}

function nullPrototypeCopy(value: Record<string, unknown>): Record<string, unknown> {
  return Object.assign(Object.create(null), value)
}

function flattenMap(map: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown> {
  let changed = false
  const copy = new Map<unknown, unknown>()
  for (const [key, entry] of map) {
    const flatKey = flatten(key)
    const flatEntry = flatten(entry)
    changed ||= differs(flatKey, key) || differs(flatEntry, entry)
    copy.set(flatKey, flatEntry)
  }
  return changed ? copy : map
}

function flattenSet(set: ReadonlySet<unknown>): ReadonlySet<unknown> {
  let changed = false
  const copy = new Set<unknown>()
  for (const entry of set) {
    const flat = flatten(entry)
    changed ||= differs(flat, entry)
    copy.add(flat)
  }
  return changed ? copy : set
}
