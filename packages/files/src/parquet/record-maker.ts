// Rows to records. An object whose properties stand in the source text is built several times as
// fast as one that gets them by name, so the function is generated; where generating code is
// disallowed, a loop does the same.

type MakeRecord = (columns: readonly (readonly unknown[])[], row: number) => Record<string, unknown>

let made = 0

/** A function that builds the record of a row from the columns with these names. */
export function recordMaker(names: readonly string[]): MakeRecord {
  // Own properties in every case: '__proto__' in an object literal would set the prototype.
  if (names.includes('__proto__')) return byDefinition(names)
  try {
    const properties = names.map((name, index) => `${JSON.stringify(name)}: columns[${index}][row]`)
    const source = `return { ${properties.join(', ')} }\n//# sourceURL=sluice/parquet/${++made}`
    return new Function('columns', 'row', source) as MakeRecord
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    return byDefinition(names)
  }
}

function byDefinition(names: readonly string[]): MakeRecord {
  return (columns, row) => {
    const record: Record<string, unknown> = {}
    for (let index = 0; index < names.length; index++) {
      const value = columns[index]?.[row]
      const property = { value, writable: true, enumerable: true, configurable: true }
      Object.defineProperty(record, names[index] as string, property)
    }
    return record
  }
}
