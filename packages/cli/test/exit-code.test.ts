import { errorCodes, type ErrorCode, SluiceError } from '@sluice/core/internal'
import { expect, test } from 'vitest'
import { exitCodeOfError, exitCodeOfResult } from '../src/exit-code.ts'

test.each([
  ['USER_FUNCTION_FAILED', 1],
  ['PARAMETER_INVALID', 2],
  ['JOB_BUILD_FAILED', 2],
  ['STEP_NAME_DUPLICATE', 2],
  ['SINK_NEEDS_CHECKPOINTS', 2],
  ['USAGE', 2],
  ['STORAGE_FAILED', 3],
  ['SINK_FAILED', 3],
  ['CHECKPOINT_DAMAGED', 4],
  ['CHECKPOINT_INCOMPATIBLE', 4],
  ['COMMIT_IMPOSSIBLE', 4],
  ['FENCED', 5],
] as const)('%s exits with %d', (code, exitCode) => {
  expect(exitCodeOfError(new SluiceError(code, 'x'))).toBe(exitCode)
})

test('what the engine gave up on decides', () => {
  const cause = new SluiceError('SOURCE_UNREADABLE', 'x')
  expect(exitCodeOfError(new SluiceError('RESTARTS_EXHAUSTED', 'x', { cause }))).toBe(3)
  expect(exitCodeOfError(new SluiceError('RESTARTS_EXHAUSTED', 'x'))).toBe(1)
})

test('no error exits with 0, and what is no error of ours with 1', () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    expect(exitCodeOfError(new SluiceError(code, 'x'))).toBeGreaterThan(0)
  }
  expect(exitCodeOfError(new Error('x'))).toBe(1)
  expect(exitCodeOfError('x')).toBe(1)
})

test('each end of a run has its code', () => {
  const error = new SluiceError('CHECKPOINT_DAMAGED', 'x')
  const outcomes = [
    'finished',
    'finished-before',
    'stopped',
    'fenced',
    'cancelled',
    'failed',
  ] as const
  expect(outcomes.map((outcome) => exitCodeOfResult({ outcome, error }))).toEqual([
    0, 0, 0, 5, 130, 4,
  ])
})
