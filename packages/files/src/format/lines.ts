// Files of lines: texts as they are, or whatever a format of the language makes of each line.

import { json, text } from '@sluice/core'
import type { Format } from '@sluice/core/connector'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { TextFileFormat } from './file-format.ts'
import { LineScanner } from './line-scanner.ts'

/**
 * Each line is a record: its text without the line break, empty lines included, or what `format`
 * makes of it. LF and CR LF both end a line.
 *
 * @example
 * fileSource({ path: './logs', format: lines() }) // Source<string>
 */
export function lines(): TextFileFormat<string>
export function lines<T>(format: Format<T>): TextFileFormat<T>
export function lines(format: Format<unknown> = text()): TextFileFormat<unknown> {
  return lineFormat('lines', format, false)
}

/**
 * Each line is a JSON value; blank lines are passed over. With a schema records are validated, and
 * their type is the schema's output.
 *
 * @example
 * fileSource({ path: './orders/*.ndjson', format: ndjson(Order) })
 */
export function ndjson<Schema extends StandardSchemaV1>(
  schema: Schema,
): TextFileFormat<StandardSchemaV1.InferOutput<Schema>>
export function ndjson<T = unknown>(): TextFileFormat<T>
export function ndjson(schema?: StandardSchemaV1): TextFileFormat<unknown> {
  const format = schema === undefined ? json<unknown>() : json(schema)
  return lineFormat('ndjson', format, true)
}

function lineFormat(
  name: string,
  format: Format<unknown>,
  skipsBlank: boolean,
): TextFileFormat<unknown> {
  const encoder = new TextEncoder()
  const { decodeText } = format
  const decode =
    decodeText === undefined
      ? (line: string) => format.decode(encoder.encode(line))
      : (line: string) => decodeText(line)
  return {
    layout: 'text',
    name,
    cutAtLines: true,
    hasHeader: false,
    unit: 'line',
    newScanner: () => new LineScanner(decode, skipsBlank),
  }
}
