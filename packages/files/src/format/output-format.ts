// What the sink needs of a format. The formats of the language (`json()`, `text()`, `bytes()`) fit
// it as they are, and so do `ndjson()`, `lines()` and `csv()` of this package.

import type { Format } from '@sluice/core/connector'

/** How a record becomes one row of a file; the sink adds the line break that ends it. */
export interface OutputFormat<T> extends Pick<Format<T>, 'name' | 'encode' | 'encodeText'> {
  /** The end of the names of the files; follows from the format's name unless given. */
  readonly extension?: string
  /** What stands at the start of each file, line break included: the header of a CSV file. */
  readonly preamble?: string
  /** Whether a row may contain line breaks, as a quoted field of a CSV file does. */
  readonly multiline?: boolean
}

const extensions: Readonly<Record<string, string>> = { json: 'ndjson', text: 'txt', bytes: 'txt' }

export function extensionOf(format: Pick<OutputFormat<unknown>, 'name' | 'extension'>): string {
  return format.extension ?? extensions[format.name] ?? format.name
}
