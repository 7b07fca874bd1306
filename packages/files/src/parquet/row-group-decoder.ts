// Runs in an I/O thread: reads footers of Parquet files and decodes row groups, which takes
// hundreds of milliseconds that nothing can interrupt. It gets bytes and gives columns in chunks of
// rows; files are read by the task. How a column is represented follows from the whole row group,
// never from where reading goes on.

import { type FileMetaData, parquetMetadata, parquetRead, type RowGroup } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type ColumnChunk, columnChunk, columnForm } from './column-chunk.ts'

/** Rows in a chunk: small enough that taking one over does not stall a task. */
const rowsPerChunk = 4096

/** Gaps up to this size are read as well. The decoder asks for less than that across a gap. */
const nearBytes = 64 * 1024

export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A row group as its file's footer describes it. */
export interface RowGroupPlan {
  readonly rows: number
  /** Bytes to read for the columns that are wanted. */
  readonly ranges: readonly ByteRange[]
}

export interface FooterPlan {
  readonly metadata: FileMetaData
  readonly columns: readonly string[]
  readonly rowGroups: readonly RowGroupPlan[]
}

export interface FooterArgument {
  /** The end of the file, from the footer on. */
  readonly footer: Uint8Array
  readonly columns: readonly string[] | undefined
}

/** Runs offloaded: yields the plan of a file. */
export function* planFooter({ footer, columns }: FooterArgument): Generator<FooterPlan> {
  const metadata = parquetMetadata(bufferOf(footer))
  const there = topLevelColumns(metadata)
  const missing = (columns ?? []).filter((name) => !there.includes(name))
  if (missing.length > 0) {
    throw new Error(`it has no column ${missing.join(', ')}; there are ${there.join(', ')}`)
  }
  const wanted = columns ?? there
  const rowGroups = metadata.row_groups.map((rowGroup) => {
    return { rows: Number(rowGroup.num_rows), ranges: rangesOf(rowGroup, wanted) }
  })
  yield { metadata, columns: wanted, rowGroups }
}

export interface DecodeArgument {
  /** Metadata of the file, with the one row group. */
  readonly metadata: FileMetaData
  readonly columns: readonly string[]
  readonly pieces: readonly { readonly start: number; readonly bytes: Uint8Array }[]
  /** Rows before this one are not wanted. */
  readonly fromRow: number
}

/** Some rows of a row group, column by column. */
export interface RowChunk {
  readonly firstRow: number
  readonly rows: number
  readonly columns: readonly ColumnChunk[]
}

/** Runs offloaded: yields the rows of one row group. */
export async function* decodeRowGroup(argument: DecodeArgument): AsyncGenerator<RowChunk> {
  const { metadata, columns, fromRow } = argument
  const rows = Number(metadata.row_groups[0]?.num_rows ?? 0)
  const decoded = await decodeColumns(argument)
  const forms = columns.map((name) => {
    const values = decoded.get(name) ?? []
    if (values.length !== rows) {
      throw new Error(`column ${name} has ${values.length} values for ${rows} rows`)
    }
    return { name, values, form: columnForm(values) }
  })
  for (let firstRow = fromRow; firstRow < rows; firstRow += rowsPerChunk) {
    const end = Math.min(rows, firstRow + rowsPerChunk)
    const chunks = forms.map(({ name, values, form }) =>
      columnChunk(name, form, values, firstRow, end),
    )
    yield { firstRow, rows: end - firstRow, columns: chunks }
  }
}

async function decodeColumns(argument: DecodeArgument): Promise<Map<string, unknown[]>> {
  const { metadata, columns, pieces } = argument
  const decoded = new Map<string, unknown[]>()
  let sizeBytes = 0
  for (const { start, bytes } of pieces) sizeBytes = Math.max(sizeBytes, start + bytes.length)
  await parquetRead({
    file: { byteLength: sizeBytes, slice: (start, end) => pieceOf(pieces, start, end) },
    metadata,
    columns: [...columns],
    compressors,
    // Bytes stay bytes unless the file says that they are text.
    utf8: false,
    onChunk: ({ columnName, columnData }) => {
      const values = decoded.get(columnName)
      if (values === undefined) decoded.set(columnName, plainArray(columnData))
      else for (const value of columnData) values.push(value)
    },
  })
  return decoded
}

function plainArray(values: ArrayLike<unknown>): unknown[] {
  return Array.isArray(values) ? values : Array.from(values)
}

function pieceOf(pieces: DecodeArgument['pieces'], start: number, end = Infinity): ArrayBuffer {
  for (const piece of pieces) {
    if (start < piece.start || end > piece.start + piece.bytes.length) continue
    const bytes = piece.bytes.subarray(start - piece.start, end - piece.start)
    return bufferOf(bytes)
  }
  throw new Error(`bytes ${start} to ${end} belong to no column`)
}

/** The column chunks that are wanted, those that are near each other as one range. */
function rangesOf(rowGroup: RowGroup, columns: readonly string[]): ByteRange[] {
  const chunks = rowGroup.columns.flatMap(({ meta_data: chunk, file_path: path }) => {
    if (path !== undefined || chunk === undefined) {
      throw new Error('a column lies in another file')
    }
    if (!columns.includes(chunk.path_in_schema[0] ?? '')) return []
    const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset)
    return [{ start, end: start + Number(chunk.total_compressed_size) }]
  })
  const ranges: ByteRange[] = []
  for (const chunk of chunks.toSorted((a, b) => a.start - b.start)) {
    const last = ranges.at(-1)
    if (last === undefined || chunk.start > last.end + nearBytes) ranges.push(chunk)
    else ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, chunk.end) }
  }
  return ranges
}

function topLevelColumns(metadata: FileMetaData): string[] {
  const names: string[] = []
  const { schema } = metadata
  for (let index = 1; index < schema.length; index = nextSibling(schema, index)) {
    names.push(schema[index]?.name ?? '')
  }
  return names
}

function nextSibling(schema: FileMetaData['schema'], index: number): number {
  let next = index + 1
  for (let left = schema[index]?.num_children ?? 0; left > 0; left--)
    next = nextSibling(schema, next)
  return next
}

/** A buffer that begins and ends with the bytes. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer
}
