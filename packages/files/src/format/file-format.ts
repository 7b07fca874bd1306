// What the source needs of a format: where records begin and end in a text and what they mean, or,
// for Parquet, which columns to read.

/** A format of text files, as `lines()`, `ndjson()`, `jsonArray()` and `csv()` make it. */
export interface TextFileFormat<T> {
  readonly layout: 'text'
  /** `lines`, `ndjson`, `json-array`, `csv`. */
  readonly name: string
  /** Whether every line break ends a record, so that a large file can be read in several splits. */
  readonly cutAtLines: boolean
  /**
   * Whether the first record of a file says what the others mean, as the header of a CSV file does.
   */
  readonly hasHeader: boolean
  /** What a record is called in messages. */
  readonly unit: 'line' | 'element' | 'row'
  newScanner(): RecordScanner<T>
}

/** A format of column files. */
export interface ColumnFileFormat<T> {
  readonly layout: 'columns'
  readonly name: 'parquet'
  /** The columns to read; undefined for all. */
  readonly columns: readonly string[] | undefined
  /** Throws {@link MalformedRecord}. */
  fromRow(row: Readonly<Record<string, unknown>>): T
}

/** A format that the file source reads. Make one with a function of this package. */
export type FileFormat<T> = TextFileFormat<T> | ColumnFileFormat<T>

/**
 * Finds records in a text, one after the other. It keeps nothing between records but what it
 * learned from the header, so reading can begin at the end of any record.
 */
export interface RecordScanner<T> {
  /** Set by `next`: whether there is a record before the place to go on, and where its text is. */
  found: boolean
  start: number
  end: number
  /**
   * Looks at the text from `from`, which is the start of the content if `first`, and else the end
   * of a record. Returns where to go on, or -1 if the text breaks off before; when it has `ended`,
   * -1 says that there is no record any more. Throws {@link MalformedRecord} where the structure is
   * broken.
   */
  next(text: string, from: number, first: boolean, ended: boolean): number
  /** The value of the record whose text was found. Throws {@link MalformedRecord}. */
  decode(record: string): T
  /** Takes the first record of the file; only where the format has a header. */
  header?(record: string): void
}

/** A record that cannot be decoded, and why. What becomes of it is the source's decision. */
export class MalformedRecord extends Error {
  /** The rest of the file cannot be read either. */
  readonly hopeless: boolean

  constructor(reason: string, hopeless = false) {
    super(reason)
    this.name = 'MalformedRecord'
    this.hopeless = hopeless
  }
}
