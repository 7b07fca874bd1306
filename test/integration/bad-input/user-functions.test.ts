// What the user's own functions can do wrong: throw, answer never, emit too much or what is no
// data, return no key or no time, fill the memory. The message says which step and record, nothing
// is lost, and no job runs in circles.

import { expect, test } from 'vitest'
import { OrdersFolder } from './orders-folder.ts'

const timeout = 120_000
const noCheckpoints = ['--every', '10m'] as const

test('a function that throws: its own stack first, then three restarts, then the job fails', {
  timeout,
}, async () => {
  const folder = new OrdersFolder()
  const checkpoint = await folder.stopHalfway()

  const parameters = { FAULT: 'throws', WORK_MS: '0' }
  const { code, error } = await folder.runOrders(parameters, ...noCheckpoints)
  expect(code).toBe(1)
  expect(error.match(/^warning The tasks are started again: /gm)).toHaveLength(3)
  const told = error.slice(error.search(/^USER_FUNCTION_FAILED/m))
  expect(told).toMatch(/^USER_FUNCTION_FAILED .* threw on the record \{"id":3000,.*TypeError: /)
  expect(told).toContain('"password":"***"')
  expect(told.split('\n')[1]).toMatch(/^ {4}at total \(orders\.ts:\d+:\d+\)$/)
  expect(told).toMatch(/^ {2}where {2}step 'look-up\/flat-map1', subtask \d$/m)
  expect(told).toContain(`the next run goes on from checkpoint ${checkpoint}.`)
  expect(told).not.toMatch(/node:internal|packages\//)
  await folder.expectExactAfterMending()
})

test('a text that is thrown instead of an error is told as well', { timeout }, async () => {
  const folder = new OrdersFolder()
  const { code, error } = await folder.runOrders({ FAULT: 'throws-text' }, ...noCheckpoints)
  expect(code).toBe(1)
  expect(error).toMatch(/^USER_FUNCTION_FAILED .* on the record \{"id":3000,.*: only a text$/m)
  await folder.expectExactAfterMending()
})

test('a mapAsync that never answers runs into its timeout, and the job ends', {
  timeout,
}, async () => {
  const folder = new OrdersFolder()
  const { code, error } = await folder.runOrders({ FAULT: 'never-answers' }, ...noCheckpoints)
  expect(code).toBe(1)
  expect(error).toMatch(
    /^ASYNC_TIMEOUT The mapAsync call for the record \{"id":30.* did not answer within 300 ms\.$/m,
  )
  expect(error).toMatch(/where {2}step 'look-up'/)
  expect(error).toContain('Pass the signal on')
  await folder.expectExactAfterMending()
})

test('a worker at its memory limit is an error with a code', { timeout }, async () => {
  const folder = new OrdersFolder()
  const args = [...noCheckpoints, '--memory', '48mb']
  const { code, error } = await folder.runOrders({ FAULT: 'heap', WORK_MS: '0' }, ...args)
  expect(code).toBe(1)
  expect(error).toMatch(/^WORKER_OUT_OF_MEMORY Worker \d reached its limit of 48 MiB\.$/m)
  expect(error).toContain('Raise memory.perWorker')
  await folder.expectExactAfterMending()
})

const noData = /^ {2}hint {3}Use only null, undefined, booleans, numbers/m
const noKey = /^ {2}hint {3}A key is a string, number, bigint or boolean/m
const cases: readonly (readonly [fault: string, message: RegExp, hint: RegExp])[] = [
  ['function', /^RECORD_NOT_ENCODABLE .*: callback is the function callback\.$/m, noData],
  ['symbol', /^RECORD_NOT_ENCODABLE .*: tags\[0\] is the symbol Symbol\(urgent\)\.$/m, noData],
  ['cycle', /^RECORD_NOT_ENCODABLE .*: parent\.items\[0\]\.order is part of a cycle\.$/m, noData],
  ['instance', /^RECORD_NOT_ENCODABLE .*: link is an instance of URL/m, noData],
  ['large', /^RECORD_TOO_LARGE .* the limit is 67108864 \(64 MiB\)\.$/m, /Split the record/],
  ['flood', /^OUTPUT_TOO_LARGE One call emitted more than 64 MiB\.$/m, /Emit less per call/],
  ['flood-into-sink', /^OUTPUT_TOO_LARGE One call emitted more than 64 MiB/m, /Emit less/],
  ['key-object', /^KEY_INVALID .* object cannot be a key\. The record: \{"id":30/m, noKey],
  ['key-undefined', /^KEY_INVALID undefined cannot be a key\. The record: \{"id":30/m, noKey],
  ['key-nan', /^KEY_INVALID NaN cannot be a key\. The record: \{"id":30/m, noKey],
  [
    'event-time',
    /^TIMESTAMP_INVALID An event time cannot be NaN\. The record: \{"id":3000/m,
    /Return milliseconds/,
  ],
  [
    'microseconds',
    /^TIMESTAMP_INVALID .* \d+, which is in the year 57\d{3}\. The record: \{"id":3000/m,
    /It looks like microseconds: divide by 1000/,
  ],
]

test.each(cases)(
  '%s ends the job at once, and says why and where',
  { timeout },
  async (fault, ...told) => {
    const folder = new OrdersFolder()
    const { code, error } = await folder.runOrders({ FAULT: fault })
    expect(code).toBe(1)
    for (const pattern of told) expect(error).toMatch(pattern)
    expect(error).toMatch(/^ {2}where {2}step '[a-z0-9/-]+', subtask \d/m)
    expect(error).not.toContain('started again')
    await folder.expectExactAfterMending()
  },
)
