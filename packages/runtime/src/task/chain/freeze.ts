// Freezes what was emitted, in development and in tests: a record that is changed after it was
// emitted fails at the place that changes it.

/** The same value, frozen all the way down. Buffers, maps, sets and dates cannot be frozen. */
export function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  if (value instanceof Map) {
    for (const [key, each] of value) {
      deepFreeze(key)
      deepFreeze(each)
    }
  } else if (value instanceof Set) {
    for (const each of value) deepFreeze(each)
  } else {
    for (const each of Object.values(value)) deepFreeze(each)
  }
  return value
}
