// Says what a record, key or state value may be made of, and finds the place in one that may not.
// The encoder and this walk refuse the same values; the walk also tells the path and what stands
// there.

import { SluiceError } from '@sluice/core/internal'

/** How deep values may be nested. Deeper ones are refused before they could overflow the stack. */
export const MAX_DEPTH = 500

/** Where a walk found something that is not data. */
interface Offence {
  /** From the inside out, because it is collected while the walk unwinds. */
  readonly path: string[]
  readonly what: string
}

const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`

/**
 * Raises RECORD_NOT_ENCODABLE, with the path of the offending value, for what no codec could carry.
 * The single-thread placement calls this where the others encode, so that all refuse the same
 * records.
 *
 * @param subject What the value is, for the message: 'record', 'state value'.
 */
export function assertEncodable(value: unknown, subject = 'record'): void {
  let offence = findOffence(value, 0, undefined)
  if (offence === undefined) return
  if (offence.what === TOO_DEEP) offence = findOffence(value, 0, []) ?? offence
  const path = joinPath(offence.path)
  const where = path === '' ? `it` : path
  throw new SluiceError(
    'RECORD_NOT_ENCODABLE',
    `A ${subject} cannot be encoded: ${where} is ${offence.what}.`,
    {
      hint:
        'Use only null, undefined, booleans, numbers, bigints, strings, Date, Uint8Array, ' +
        'arrays, Map, Set and plain objects, and convert everything else before emitting it.',
    },
  )
}

function joinPath(segments: string[]): string {
  const path = segments.reverse().join('')
  return path.startsWith('.') ? path.slice(1) : path
}

function propertySegment(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** `ancestors` is given only to tell a cycle from a value that is merely deep. */
function findOffence(
  value: unknown,
  depth: number,
  ancestors: object[] | undefined,
): Offence | undefined {
  if (typeof value === 'function') return { path: [], what: describeFunction(value) }
  if (typeof value === 'symbol') return { path: [], what: `the symbol ${String(value)}` }
  if (typeof value !== 'object' || value === null) return undefined
  if (ancestors?.includes(value)) return { path: [], what: 'part of a cycle' }
  if (depth >= MAX_DEPTH) return { path: [], what: TOO_DEEP }
  ancestors?.push(value)
  const offence = findOffenceInside(value, depth, ancestors)
  ancestors?.pop()
  return offence
}

function describeFunction(value: object): string {
  const name = (value as { name?: unknown }).name
  return typeof name === 'string' && name !== '' ? `the function ${name}` : 'a function'
}

function findOffenceInside(
  value: object,
  depth: number,
  ancestors: object[] | undefined,
): Offence | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) {
    return inObject(value, depth, ancestors)
  }
  if (Array.isArray(value) && prototype === Array.prototype) return inArray(value, depth, ancestors)
  if (prototype === Uint8Array.prototype || prototype === Buffer.prototype) {
    return isByteArray(value) ? undefined : { path: [], what: describeInstance(value) }
  }
  if (!isCollection(value, prototype)) return { path: [], what: describeInstance(value) }
  const extra = Reflect.ownKeys(value)[0]
  if (extra !== undefined) {
    return {
      path: [],
      what: `a ${describeName(value)} with a property of its own, ${String(extra)}`,
    }
  }
  if (value instanceof Map) return inMap(value, depth, ancestors)
  if (value instanceof Set) return inSet(value, depth, ancestors)
  return undefined
}

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as () => string | undefined

/** True for a Uint8Array or Buffer, whatever its prototype claims. */
export function isByteArray(value: object): value is Uint8Array {
  return typedArrayName.call(value) === 'Uint8Array'
}

/** True for a real Date, Map or Set whose prototype is the built-in one. */
export function isCollection(
  value: object,
  prototype: unknown,
): value is Date | Map<unknown, unknown> | Set<unknown> {
  try {
    if (prototype === Date.prototype) Date.prototype.getTime.call(value as Date)
    else if (prototype === Map.prototype) mapSize.call(value)
    else if (prototype === Set.prototype) setSize.call(value)
    else return false
    return true
  } catch {
    // An object that only borrowed the prototype has no internal slot.
    return false
  }
}

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as () => number
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size')?.get as () => number

function describeName(value: object): string {
  const constructor = (value as { constructor?: unknown }).constructor
  if (typeof constructor === 'function' && constructor.name !== '') return constructor.name
  return 'object'
}

function describeInstance(value: object): string {
  return `an instance of ${describeName(value)}, which is not a plain value`
}

function inObject(
  value: object,
  depth: number,
  ancestors: object[] | undefined,
): Offence | undefined {
  const symbol = Object.getOwnPropertySymbols(value)[0]
  if (symbol !== undefined) {
    return { path: [], what: `an object with the symbol key ${String(symbol)}` }
  }
  for (const key of Object.getOwnPropertyNames(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key)
    if (property === undefined) continue
    const what =
      property.get !== undefined || property.set !== undefined
        ? 'an accessor (getter or setter)'
        : property.enumerable
          ? undefined
          : 'a property that is not enumerable'
    const offence =
      what === undefined ? findOffence(property.value, depth + 1, ancestors) : { path: [], what }
    if (offence !== undefined) {
      offence.path.push(propertySegment(key))
      return offence
    }
  }
  return undefined
}

function isIndex(key: string, length: number): boolean {
  return String(Number(key)) === key && Number(key) >= 0 && Number(key) < length
}

/** A key of an array that is no index, such as `groups` of a match of a regular expression. */
export function namedPropertyOfArray(array: readonly unknown[]): string | symbol | undefined {
  // The length is an array's own first name, behind the indices and before any symbol.
  if (Reflect.ownKeys(array).at(-1) === 'length') return undefined
  const keys = Object.keys(array)
  const last = keys[keys.length - 1]
  // Indices come first, in order; so where the last key is one, all are.
  if (last !== undefined && last !== String(array.length - 1) && !isIndex(last, array.length)) {
    return last
  }
  return Object.getOwnPropertySymbols(array)[0]
}

function inArray(
  array: readonly unknown[],
  depth: number,
  ancestors: object[] | undefined,
): Offence | undefined {
  const name = namedPropertyOfArray(array)
  if (name !== undefined) {
    return { path: [], what: `an array with a property of its own, ${String(name)}` }
  }
  for (let i = 0; i < array.length; i++) {
    const offence = findOffence(array[i], depth + 1, ancestors)
    if (offence !== undefined) {
      offence.path.push(`[${i}]`)
      return offence
    }
  }
  return undefined
}

function inMap(
  map: Map<unknown, unknown>,
  depth: number,
  ancestors: object[] | undefined,
): Offence | undefined {
  let i = 0
  for (const [key, entry] of map) {
    const inKey = findOffence(key, depth + 1, ancestors)
    if (inKey !== undefined) {
      inKey.path.push(`.keys()[${i}]`)
      return inKey
    }
    const inValue = findOffence(entry, depth + 1, ancestors)
    if (inValue !== undefined) {
      const named = typeof key === 'string' ? JSON.stringify(key) : undefined
      inValue.path.push(named === undefined ? `.values()[${i}]` : `.get(${named})`)
      return inValue
    }
    i++
  }
  return undefined
}

function inSet(
  set: Set<unknown>,
  depth: number,
  ancestors: object[] | undefined,
): Offence | undefined {
  let i = 0
  for (const entry of set) {
    const offence = findOffence(entry, depth + 1, ancestors)
    if (offence !== undefined) {
      offence.path.push(`.values()[${i}]`)
      return offence
    }
    i++
  }
  return undefined
}
