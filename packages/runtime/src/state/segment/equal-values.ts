// Whether two values of state say the same. The order of properties says nothing here: a schema may
// give back what it took in another one.

/** True for equal content, however deep; a property that holds undefined differs from none. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false
  }
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  if (one instanceof Date) return Object.is(one.getTime(), (other as Date).getTime())
  if (one instanceof Uint8Array) return Buffer.compare(one, other as Uint8Array) === 0
  if (one instanceof Map) return isEqualMap(one, other as ReadonlyMap<unknown, unknown>)
  if (one instanceof Set) return areEqual([...one], [...(other as ReadonlySet<unknown>)])
  if (Array.isArray(one)) return areEqual(one, other as readonly unknown[])
  return areEqualObjects(one as Properties, other as Properties)
}

type Properties = Readonly<Record<string, unknown>>
type AnyMap = ReadonlyMap<unknown, unknown>

function isEqualMap(one: AnyMap, other: AnyMap): boolean {
  if (!areEqual([...one.keys()], [...other.keys()])) return false
  return areEqual([...one.values()], [...other.values()])
}

function areEqual(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => isEqual(each, other[index]))
}

function areEqualObjects(one: Properties, other: Properties): boolean {
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every((name) => Object.hasOwn(other, name) && isEqual(one[name], other[name]))
}
