import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  decodeRowGroup,
  type DecodeArgument,
  planFooter,
  type RowChunk,
} from '../../src/parquet/row-group-decoder.ts'

const content = Uint8Array.from(
  readFileSync('node_modules/vega-datasets/data/flights-3m.parquet').subarray(),
)

function argumentFor(columns: readonly string[], fromRow: number): DecodeArgument {
  const footer = content.subarray(content.length - 64 * 1024)
  const [plan] = [...planFooter({ footer, columns })]
  const rowGroup = plan?.metadata.row_groups[10]
  if (plan === undefined || rowGroup === undefined) throw new Error('no plan')
  const ranges = plan.rowGroups[10]?.ranges ?? []
  return {
    metadata: { ...plan.metadata, row_groups: [rowGroup] },
    columns,
    pieces: ranges.map(({ start, end }) => ({ start, bytes: content.slice(start, end) })),
    fromRow,
  }
}

async function chunksOf(argument: DecodeArgument): Promise<RowChunk[]> {
  const chunks: RowChunk[] = []
  for await (const chunk of decodeRowGroup(argument)) chunks.push(chunk)
  return chunks
}

test('a row group comes in chunks of rows that follow each other, from any row on', async () => {
  const whole = await chunksOf(argumentFor(['delay'], 0))
  expect(whole.reduce((rows, chunk) => rows + chunk.rows, 0)).toBe(272_730)
  let next = 0
  for (const chunk of whole) {
    expect(chunk.firstRow).toBe(next)
    next += chunk.rows
  }
  const rest = await chunksOf(argumentFor(['delay'], 270_000))
  expect(rest[0]?.firstRow).toBe(270_000)
  expect(rest.at(-1)?.columns).toEqual([
    { name: 'delay', form: 'numbers', values: expect.any(Float64Array) },
  ])
})

test('only the bytes of the columns that are wanted are read', () => {
  const one = argumentFor(['origin'], 0).pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const all = argumentFor(['date', 'delay', 'distance', 'origin', 'destination'], 0).pieces
  const allBytes = all.reduce((sum, { bytes }) => sum + bytes.length, 0)
  expect(one).toBeLessThan(allBytes / 3)
})
