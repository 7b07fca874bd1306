// Objects of records as generated code: a literal per schema, so that all records of a schema have
// one shape and no prototype of their own. Names come from schemas and are quoted as texts.

/**
 * A function that makes an object of values. Those at `optional` places are left out where they
 * are undefined.
 */
export function objectMaker(
  names: readonly string[],
  optional: ReadonlySet<number> = new Set(),
): (values: readonly unknown[]) => Record<string, unknown> {
  const always = names
    .map((name, index) => ({ name, index }))
    .filter(({ index }) => !optional.has(index))
    .map(({ name, index }) => `${propertyName(name)}: v[${index}]`)
  const sometimes = [...optional].map((index) => {
    const property = `o[${JSON.stringify(names[index])}]`
    return `if (v[${index}] !== undefined) ${property} = v[${index}]`
  })
  const body = `const o = { ${always.join(', ')} }\n${sometimes.join('\n')}\nreturn o`
  return new Function('v', body) as (values: readonly unknown[]) => Record<string, unknown>
}

/** A computed name is a property even where it is `__proto__`. */
function propertyName(name: string): string {
  return `[${JSON.stringify(name)}]`
}

/** Code that reads a property of `v` itself, not one that every object has. */
export function ownProperty(name: string): string {
  const property = `v${propertyName(name)}`
  return name in {}
    ? `(Object.hasOwn(v, ${JSON.stringify(name)}) ? ${property} : undefined)`
    : property
}

/** Sets an entry of a map whose names come from a record. */
export function setEntry(map: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') map[name] = value
  else
    Object.defineProperty(map, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
}
