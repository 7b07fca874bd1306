// Compiles the form of JSON records into a function that reads records of this form, and no others:
// it compares what stands between the values, and makes the object by one literal.

import type { JsonForm, JsonShape } from './json-form.ts'
import { ScalarReader } from './scalar-reader.ts'

/** What the record says; undefined for one of another form, or with a value left to JSON.parse. */
export type ReadForm = (record: Uint8Array) => object | undefined

let compiled = 0

/** Undefined where code must not be made from text (`--disallow-code-generation-from-strings`). */
export function compileForm({ between, shape }: JsonForm): ReadForm | undefined {
  const lines = between.slice(0, -1).map((bytes, place) => {
    return `${skip(bytes)}
      const v${place} = s.read(b, p)
      if ((p = s.end) < 0) return undefined`
  })
  const source = `let p = 0
    ${lines.join('\n')}
    ${skip(between.at(-1) as Uint8Array)}
    return p === b.length ? ${literal(shape)} : undefined
    //# sourceURL=sluice/json/${++compiled}`
  try {
    const make = new Function('s', `return (b) => {${source}\n}`) as (s: ScalarReader) => ReadForm
    return make(new ScalarReader())
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** Bytes beyond the end of the record are undefined, and equal to none. */
function skip(bytes: Uint8Array): string {
  if (bytes.length === 0) return ''
  const tests = Array.from(bytes, (byte, index) => `b[p + ${index}] !== ${byte}`)
  return `if (${tests.join(' || ')}) return undefined\n p += ${bytes.length}`
}

function literal(shape: JsonShape): string {
  if (typeof shape === 'number') return `v${shape}`
  const properties = Object.entries(shape).map(([name, each]) => {
    return `${JSON.stringify(name)}: ${literal(each)}`
  })
  return `{ ${properties.join(', ')} }`
}
