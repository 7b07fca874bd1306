import { expect, test } from 'vitest'
import { columnChunk, columnForm, columnValues } from '../../src/parquet/column-chunk.ts'

function through(values: readonly unknown[], start = 0, end = values.length): readonly unknown[] {
  const copy = [...values]
  const form = columnForm(copy)
  return columnValues(structuredClone(columnChunk('c', form, copy, start, end)))
}

test('integers become numbers only if every one of the row group is safe', () => {
  expect(through([1n, -2n, undefined])).toEqual([1, -2, null])
  expect(through([1n, 2n ** 53n, null])).toEqual([1n, 2n ** 53n, null])
  expect(through([1n, 2n ** 63n])).toEqual([1n, 2n ** 63n])
})

test('the form does not depend on the rows that are taken', () => {
  expect(through([1n, 2n, 2n ** 60n], 0, 2)).toEqual([1n, 2n])
})

test('integers in lists and structs follow the same rule', () => {
  expect(through([[1n], { a: [2n, null] }, null])).toEqual([[1], { a: [2, null] }, null])
  expect(through([[1n], [2n ** 60n]])).toEqual([[1n], [2n ** 60n]])
})

test('dates, texts, doubles, booleans and bytes come back as they are', () => {
  const values = [
    [new Date(5), null, new Date(-1)],
    ['a', 'b', null, 'a', ''],
    [1.5, -0, Number.NaN, Number.POSITIVE_INFINITY],
    [true, false, null],
    [new Uint8Array([1, 2])],
    [null, null],
    [],
    ['mixed', 1],
  ]
  for (const column of values) expect(through(column)).toEqual(column)
})
