// Equality as the codecs promise it: stricter than deep equality of any test library.
// Order of properties and entries, holes, -0, prototypes and kinds all count; identity does not.

/** Undefined when both values are exactly equal; otherwise the path of the first difference. */
export function firstDifference(a: unknown, b: unknown, path = '$'): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? undefined : path
  }
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path} (prototype)`
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime()) ? undefined : path
  if (a instanceof Map)
    return inLists([...a].flat(), [...(b as Map<unknown, unknown>)].flat(), path)
  if (a instanceof Set) return inLists([...a], [...(b as Set<unknown>)], path)
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return `${path}.length`
  const keys = Reflect.ownKeys(a)
  const others = Reflect.ownKeys(b)
  if (keys.length !== others.length) return `${path} (keys)`
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    if (key !== others[i]) return `${path} (order of ${String(key)})`
    const left = Object.getOwnPropertyDescriptor(a, key)
    const right = Object.getOwnPropertyDescriptor(b, key)
    const difference = firstDifference(left?.value, right?.value, `${path}.${String(key)}`)
    if (difference !== undefined) return difference
  }
  return undefined
}

function inLists(a: unknown[], b: unknown[], path: string): string | undefined {
  if (a.length !== b.length) return `${path}.size`
  for (let i = 0; i < a.length; i++) {
    const difference = firstDifference(a[i], b[i], `${path}<${i}>`)
    if (difference !== undefined) return difference
  }
  return undefined
}
