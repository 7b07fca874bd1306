// Columns on their way from the I/O thread to the task: numbers, dates and bigints in typed arrays,
// texts with the few distinct ones once, anything else as it is. And back again to plain values.

/** How the values of a column are represented, for a whole row group. */
export type ColumnForm = 'numbers' | 'dates' | 'bigints' | 'texts' | 'values'

/** Where a value is null, `nulls` is 1; absent where none is. */
export type ColumnChunk = { readonly name: string } & (
  | {
      readonly form: 'numbers' | 'dates'
      readonly values: Float64Array
      readonly nulls?: Uint8Array
    }
  | { readonly form: 'bigints'; readonly values: BigInt64Array; readonly nulls?: Uint8Array }
  | {
      readonly form: 'texts'
      readonly texts: readonly (string | null)[]
      readonly indexes: Uint32Array
    }
  | { readonly form: 'values'; readonly values: readonly unknown[] }
)

const least = -(2n ** 63n)
const most = 2n ** 63n - 1n
const leastSafe = BigInt(Number.MIN_SAFE_INTEGER)
const mostSafe = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * The form of a column, decided over all values of the row group. Integers of 64 bits become
 * numbers if every one of them is safe, and stay bigints otherwise, also within lists and structs.
 */
export function columnForm(values: unknown[]): ColumnForm {
  let form: ColumnForm | undefined
  let safe = true
  for (const value of values) {
    if (value === null || value === undefined) continue
    const own = formOf(value)
    form ??= own
    if (form !== own) {
      form = 'values'
      break
    }
    if (typeof value !== 'bigint') continue
    if (value < leastSafe || value > mostSafe) safe = false
    if (value < least || value > most) return 'values'
  }
  if (form === undefined) return 'values'
  if (form === 'bigints' && safe) return 'numbers'
  if (form === 'values' && values.every(hasOnlySafeIntegers)) replaceBigints(values)
  return form
}

function formOf(value: unknown): ColumnForm {
  if (typeof value === 'number') return 'numbers'
  if (typeof value === 'bigint') return 'bigints'
  if (typeof value === 'string') return 'texts'
  return value instanceof Date ? 'dates' : 'values'
}

function hasOnlySafeIntegers(value: unknown): boolean {
  if (typeof value === 'bigint') return value >= leastSafe && value <= mostSafe
  if (Array.isArray(value)) return value.every(hasOnlySafeIntegers)
  if (isStruct(value)) return Object.values(value).every(hasOnlySafeIntegers)
  return true
}

function replaceBigints(values: unknown[]): void {
  for (let index = 0; index < values.length; index++) values[index] = withNumbers(values[index])
}

function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  if (!isStruct(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withNumbers(each)]))
}

function isStruct(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return Object.getPrototypeOf(value) === Object.prototype
}

/** The rows from `start` to `end` of a column. */
export function columnChunk(
  name: string,
  form: ColumnForm,
  values: readonly unknown[],
  start: number,
  end: number,
): ColumnChunk {
  if (form === 'texts') return textChunk(name, values, start, end)
  if (form === 'values') return { name, form, values: values.slice(start, end).map(nullForAbsent) }
  const length = end - start
  const nulls = new Uint8Array(length)
  let anyNull = false
  const numbers = form === 'bigints' ? undefined : new Float64Array(length)
  const bigints = form === 'bigints' ? new BigInt64Array(length) : undefined
  for (let index = 0; index < length; index++) {
    const value = values[start + index]
    if (value === null || value === undefined) {
      nulls[index] = 1
      anyNull = true
    } else if (bigints !== undefined) bigints[index] = value as bigint
    else if (numbers !== undefined) numbers[index] = Number(value)
  }
  const gaps = anyNull ? { nulls } : {}
  if (bigints !== undefined) return { name, form: 'bigints', values: bigints, ...gaps }
  const floats = numbers as Float64Array
  return { name, form: form === 'dates' ? 'dates' : 'numbers', values: floats, ...gaps }
}

function textChunk(
  name: string,
  values: readonly unknown[],
  start: number,
  end: number,
): ColumnChunk {
  const texts: (string | null)[] = []
  const known = new Map<string | null, number>()
  const indexes = new Uint32Array(end - start)
  for (let row = start; row < end; row++) {
    const text = (values[row] ?? null) as string | null
    let index = known.get(text)
    if (index === undefined) {
      index = texts.length
      known.set(text, index)
      texts.push(text)
    }
    indexes[row - start] = index
  }
  return { name, form: 'texts', texts, indexes }
}

function nullForAbsent(value: unknown): unknown {
  return value === undefined ? null : value
}

/** The values of a chunk as records hold them. */
export function columnValues(chunk: ColumnChunk): readonly unknown[] {
  if (chunk.form === 'values') return chunk.values
  if (chunk.form === 'texts') {
    const { texts, indexes } = chunk
    return Array.from(indexes, (index) => texts[index])
  }
  const { nulls, form, values } = chunk
  const isNull = (index: number) => nulls !== undefined && nulls[index] === 1
  const plain: unknown[] = new Array(values.length).fill(null)
  for (let index = 0; index < values.length; index++) {
    if (isNull(index)) continue
    const value = values[index] as number | bigint
    plain[index] = form === 'dates' ? new Date(value as number) : value
  }
  return plain
}
