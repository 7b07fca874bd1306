// One row of a CSV file (RFC 4180): where it ends, and its fields. A quote opens a quoted field
// only at the start of a field; within, two quotes stand for one, and line breaks are part of the
// text.

import { MalformedRecord } from './file-format.ts'

export interface CsvDialect {
  readonly delimiter: string
  /** Undefined: quotes mean nothing, and every line break ends a row. */
  readonly quote: string | undefined
}

/**
 * The line break that ends the row that begins at `from`, or the text's length; -1 if it breaks
 * off.
 */
export function endOfRow(text: string, from: number, dialect: CsvDialect, ended: boolean): number {
  const { delimiter, quote } = dialect
  const lineBreak = text.indexOf('\n', from)
  const lineEnd = lineBreak < 0 ? text.length : lineBreak
  const brokenOff = ended ? text.length : -1
  if (quote === undefined || !text.slice(from, lineEnd).includes(quote)) {
    return lineBreak < 0 ? brokenOff : lineBreak
  }
  let nextBreak = lineBreak
  for (let at = from; ; ) {
    // At the start of a field.
    if (text[at] === quote) {
      at = endOfQuoted(text, at + 1, quote)
      if (at < 0) {
        if (ended) throw new MalformedRecord('a quoted field is not closed', true)
        return -1
      }
      at++
    }
    if (nextBreak >= 0 && nextBreak < at) nextBreak = text.indexOf('\n', at)
    const nextField = text.indexOf(delimiter, at)
    if (nextField < 0 || (nextBreak >= 0 && nextBreak < nextField)) {
      return nextBreak < 0 ? brokenOff : nextBreak
    }
    at = nextField + 1
  }
}

/** Where the closing quote stands; -1 if the text breaks off before. */
function endOfQuoted(text: string, from: number, quote: string): number {
  let at = text.indexOf(quote, from)
  while (at >= 0 && text[at + 1] === quote) at = text.indexOf(quote, at + 2)
  return at
}

/** The fields of a row, without the line break that ends it. */
export function fieldsOf(row: string, dialect: CsvDialect): string[] {
  const { delimiter, quote } = dialect
  if (quote === undefined || !row.includes(quote)) return row.split(delimiter)
  const fields: string[] = []
  for (let at = 0; ; ) {
    if (row[at] !== quote) {
      const end = row.indexOf(delimiter, at)
      fields.push(end < 0 ? row.slice(at) : row.slice(at, end))
      if (end < 0) return fields
      at = end + 1
      continue
    }
    const end = endOfQuoted(row, at + 1, quote)
    if (end < 0) throw new MalformedRecord('a quoted field is not closed')
    fields.push(row.slice(at + 1, end).replaceAll(quote + quote, quote))
    if (end + 1 === row.length) return fields
    if (row[end + 1] !== delimiter) {
      throw new MalformedRecord(`field ${fields.length} goes on after its closing quote`)
    }
    at = end + 2
  }
}

/** One field as it is written: quoted where it has to be. */
export function writtenField(field: string, dialect: CsvDialect): string {
  const { delimiter, quote } = dialect
  const isPlain =
    !field.includes(delimiter) &&
    !field.includes('\n') &&
    !field.includes('\r') &&
    (quote === undefined || !field.includes(quote))
  if (isPlain) return field
  if (quote === undefined) {
    throw new MalformedRecord('a field holds a delimiter or line break, and quotes are off')
  }
  return quote + field.replaceAll(quote, quote + quote) + quote
}
