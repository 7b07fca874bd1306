// Records to rows of text: what a format makes of a record, checked so that one record is one row.

import { SluiceError } from '@sluice/core/connector'
import type { OutputFormat } from '../format/output-format.ts'

const largestRowBytes = 64 * 1024 * 1024
const lineFeed = 0x0a

/** A row with the line break that ends it, as text where the format is text. */
export type Row = string | Uint8Array

/** A function that gives the row of a record. */
export function rowEncoder<T>(format: OutputFormat<T>, sink: string): (record: T) => Row {
  const multiline = format.multiline === true
  const encode = (record: T): Row =>
    format.encodeText === undefined ? format.encode(record) : format.encodeText(record)
  return (record) => {
    let row: Row
    try {
      row = encode(record)
    } catch (error) {
      const what = `Sink '${sink}' cannot write a record`
      throw SluiceError.from(error, 'RECORD_NOT_ENCODABLE', what, { sink })
    }
    if (row.length > largestRowBytes) {
      const size = `A record for sink '${sink}' takes ${row.length} bytes; the limit is 64 MiB.`
      throw new SluiceError('RECORD_TOO_LARGE', size, { where: { sink } })
    }
    const broken = typeof row === 'string' ? row.includes('\n') : row.includes(lineFeed)
    if (broken && !multiline) throw severalRows(row, sink)
    return typeof row === 'string' ? `${row}\n` : withLineFeed(row)
  }
}

function withLineFeed(row: Uint8Array): Uint8Array {
  const line = new Uint8Array(row.length + 1)
  line.set(row)
  line[row.length] = lineFeed
  return line
}

function severalRows(row: Row, sink: string): SluiceError {
  const text = typeof row === 'string' ? row : new TextDecoder().decode(row)
  const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
  return new SluiceError(
    'RECORD_NOT_ENCODABLE',
    `Sink '${sink}' cannot write a record that contains a line break: ${shown}`,
    { where: { sink }, hint: 'Write such records as JSON, which escapes line breaks.' },
  )
}
