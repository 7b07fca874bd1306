// CSV files, read and written: rows of fields with a header in the file, names given, or no names
// at all.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SluiceError } from '@sluice/core/connector'
import { type CsvDialect, endOfRow, fieldsOf, writtenField } from './csv-record.ts'
import { MalformedRecord, type RecordScanner, type TextFileFormat } from './file-format.ts'
import type { OutputFormat } from './output-format.ts'
import { validator } from './schema-validation.ts'

/** Options of {@link csv}. */
export interface CsvOptions {
  /**
   * `true` (default): the first row of each file holds the names. A list: these are the names, and
   * the files have no header. `false`: no names, records are arrays of texts.
   */
  readonly header?: boolean | readonly string[]
  /** One character; a comma unless said. */
  readonly delimiter?: string
  /**
   * One character, `"` unless said. `false`: quotes mean nothing, every line break ends a row, and
   * large files are read in several splits.
   */
  readonly quote?: string | false
}

/** A CSV format reads text, and writes what it would read. */
export type CsvFormat<T> = TextFileFormat<T> & OutputFormat<T>

/**
 * Rows of a CSV file (RFC 4180). All values are texts; let a schema turn them into something else
 * (`z.coerce.number()`). A row with another number of fields than the header is malformed; blank
 * lines are passed over.
 *
 * @example
 * fileSource({ path: './airports.csv', format: csv({ header: true }, Airport) })
 */
export function csv<Schema extends StandardSchemaV1>(
  options: CsvOptions,
  schema: Schema,
): TextFileFormat<StandardSchemaV1.InferOutput<Schema>>
export function csv(options: CsvOptions & { readonly header: false }): CsvFormat<readonly string[]>
export function csv(options?: CsvOptions): CsvFormat<Readonly<Record<string, string>>>
export function csv(options: CsvOptions = {}, schema?: StandardSchemaV1): TextFileFormat<unknown> {
  const { header = true } = options
  const dialect = dialectOf(options)
  const names = Array.isArray(header) ? checkedNames(header as readonly string[]) : undefined
  const validated = schema === undefined ? undefined : validator(schema, 'csv')
  const format: TextFileFormat<unknown> & OutputFormat<unknown> = {
    layout: 'text',
    name: 'csv',
    cutAtLines: dialect.quote === undefined,
    hasHeader: header === true,
    unit: 'row',
    newScanner: () => new RowScanner(dialect, names, header !== false, validated),
    ...writing(dialect, names),
  }
  return format
}

class RowScanner implements RecordScanner<unknown> {
  found = false
  start = 0
  end = 0
  readonly #dialect: CsvDialect
  readonly #named: boolean
  readonly #validated: ((value: unknown) => unknown) | undefined
  #names: readonly string[] | undefined

  constructor(
    dialect: CsvDialect,
    names: readonly string[] | undefined,
    named: boolean,
    validated: ((value: unknown) => unknown) | undefined,
  ) {
    this.#dialect = dialect
    this.#names = names
    this.#named = named
    this.#validated = validated
  }

  next(text: string, from: number, _first: boolean, ended: boolean): number {
    if (from === text.length) return -1
    const lineBreak = endOfRow(text, from, this.#dialect, ended)
    if (lineBreak < 0) return -1
    const end =
      lineBreak > from && text.charCodeAt(lineBreak - 1) === 13 ? lineBreak - 1 : lineBreak
    this.start = from
    this.end = end
    this.found = end > from
    return Math.min(lineBreak + 1, text.length)
  }

  header(record: string): void {
    try {
      this.#names = checkedNames(fieldsOf(record, this.#dialect))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new MalformedRecord(`its header cannot be used: ${reason}`, true)
    }
  }

  decode(record: string): unknown {
    const fields = fieldsOf(record, this.#dialect)
    const value = this.#named ? this.#object(fields) : fields
    return this.#validated === undefined ? value : this.#validated(value)
  }

  #object(fields: readonly string[]): Record<string, string> {
    const names = this.#names as readonly string[]
    if (fields.length !== names.length) {
      throw new MalformedRecord(`it has ${fields.length} fields, and the header ${names.length}`)
    }
    const value: Record<string, string> = {}
    for (let index = 0; index < names.length; index++) {
      value[names[index] as string] = fields[index] as string
    }
    return value
  }
}

function dialectOf({ delimiter = ',', quote = '"' }: CsvOptions): CsvDialect {
  const isCharacter = (text: string) => text.length === 1 && text !== '\n' && text !== '\r'
  if (!isCharacter(delimiter) || (quote !== false && !isCharacter(quote)) || quote === delimiter) {
    throw new SluiceError('SETTING_INVALID', 'csv: delimiter and quote are one character each.', {
      hint: 'They must differ from each other and from line breaks; quote may also be false.',
    })
  }
  return { delimiter, quote: quote === false ? undefined : quote }
}

function checkedNames(names: readonly string[]): readonly string[] {
  const unusable = names.find(
    (name, index) => name === '__proto__' || names.indexOf(name) !== index,
  )
  if (unusable === undefined && names.length > 0) return names
  throw new SluiceError(
    'SETTING_INVALID',
    names.length === 0
      ? 'csv: the header has no names.'
      : `csv: the header holds '${unusable}' twice, or as a name that cannot be used.`,
    { hint: 'Give names of your own with header: [...].' },
  )
}

/**
 * Rows as they are written. Values must be texts, numbers, booleans, bigints, Dates or null
 * (empty).
 */
function writing(
  dialect: CsvDialect,
  names: readonly string[] | undefined,
): Omit<OutputFormat<unknown>, 'name'> {
  const rowOf = (fields: readonly unknown[]): string => {
    const written = fields.map((field) => writtenField(fieldText(field), dialect))
    // A row of one empty field would be a blank line, which is no row.
    return written.length === 1 && written[0] === '' && dialect.quote !== undefined
      ? dialect.quote + dialect.quote
      : written.join(dialect.delimiter)
  }
  const encodeText = (record: unknown): string => {
    if (Array.isArray(record)) return rowOf(record)
    if (names === undefined) {
      throw new SluiceError('RECORD_NOT_ENCODABLE', 'csv cannot write objects without names.', {
        hint: "Name the columns: csv({ header: ['id', 'total'] }).",
      })
    }
    return rowOf(names.map((name) => (record as Record<string, unknown>)[name]))
  }
  const encoder = new TextEncoder()
  return {
    extension: 'csv',
    multiline: dialect.quote !== undefined,
    ...(names === undefined ? {} : { preamble: `${rowOf(names)}\n` }),
    encodeText,
    encode: (record) => encoder.encode(encodeText(record)),
  }
}

function fieldText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'undefined':
      return ''
    default:
      if (value === null) return ''
      if (value instanceof Date) return value.toISOString()
      throw new SluiceError(
        'RECORD_NOT_ENCODABLE',
        `csv cannot write a field of type ${typeof value}.`,
        {
          hint: 'Map the record to texts, numbers, booleans, bigints, Dates and null first.',
        },
      )
  }
}
