// The counts that a test run ends with.

import { expect, test } from 'vitest'
import { closingLine, readClosingLine, sumTallies } from '../../scripts/tally.ts'

const why = 'no server'

test('the closing line leaves out what there is none of', () => {
  expect(closingLine({ passed: 2, failures: [], skipped: [] })).toBe('2 passed, 0 failed')
  const tally = { passed: 0, failures: ['a'], skipped: [{ name: 'b', why }] }
  expect(closingLine(tally)).toBe('0 passed, 1 failed, 1 skipped')
})

test('sums keep the names of what failed and of what could not run', () => {
  const sum = sumTallies([
    { passed: 1, failures: ['a'], skipped: [] },
    { passed: 2, failures: ['b'], skipped: [{ name: 'c', why }] },
  ])
  expect(sum).toEqual({ passed: 3, failures: ['a', 'b'], skipped: [{ name: 'c', why }] })
})

test('the closing line of another program is read back as it was written', () => {
  const output = 'seed 1\n12 passed, 2 failed, 1 skipped\n\n'
  const tally = readClosingLine(output, 'simulation')
  expect(tally && closingLine(tally)).toBe('12 passed, 2 failed, 1 skipped')
})

test('only the last line counts, and only a whole one', () => {
  expect(readClosingLine('1 passed, 0 failed\nbye', 'a')).toBeUndefined()
  expect(readClosingLine('so 1 passed, 0 failed', 'a')).toBeUndefined()
  expect(readClosingLine('', 'a')).toBeUndefined()
})
