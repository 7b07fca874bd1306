import { SluiceError } from '@sluice/core/internal'
import { describe, expect, test } from 'vitest'
import { errorJson, errorLines } from '../../src/errors/error-text.ts'
import { redactor } from '../../src/errors/secrets.ts'
import { syntaxExcerpt, userFrames } from '../../src/errors/user-stack.ts'
import { plain } from '../../src/text/paint.ts'

const folder = '/srv/project'
const view = { paint: plain, redact: redactor(), folder, verbose: false }

function thrownByUser(): Error {
  const error = new TypeError('boom')
  error.stack = [
    'TypeError: boom',
    '    at total (file:///srv/project/orders.ts:12:9)',
    '    at file:///srv/project/job.ts:30:5',
    '    at sluice/shop/0/0/1:7:3',
    `    at run (${import.meta.url.replace('test/errors/error-text.test.ts', 'src/a.ts')}:1:1)`,
    '    at zod (/srv/project/node_modules/zod/index.js:1:1)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
  ].join('\n')
  return error
}

describe('an error for people', () => {
  test('names the code, what happened, the frames of the user, where, and how to mend it', () => {
    const error = new SluiceError('USER_FUNCTION_FAILED', "Step 'total' threw: boom", {
      where: { step: 'total', subtask: 1, checkpoint: 7 },
      hint: 'Look at the record.',
      cause: thrownByUser(),
    })
    expect(errorLines(error, view)).toEqual([
      "USER_FUNCTION_FAILED Step 'total' threw: boom",
      '    at total (orders.ts:12:9)',
      '    at job.ts:30:5',
      "  where  step 'total', subtask 1, checkpoint 7",
      '  hint   Look at the record.',
    ])
  })

  test('keeps its frames over the wire', () => {
    const error = new SluiceError('USER_FUNCTION_FAILED', 'x', { cause: thrownByUser() })
    const arrived = SluiceError.fromWire(structuredClone(error.toWire()))
    expect(userFrames(arrived, folder)).toEqual(['at total (orders.ts:12:9)', 'at job.ts:30:5'])
  })

  test('shows where a module does not parse', () => {
    const cause = new SyntaxError('Unexpected token')
    cause.stack = [
      'file:///srv/project/job.ts:3',
      '  const = 1',
      '        ^',
      '',
      "SyntaxError: Unexpected token '='",
      '    at node:x:1:1',
    ].join('\n')
    const error = new SluiceError('JOB_FILE_UNREADABLE', 'The job file cannot be read', { cause })
    expect(syntaxExcerpt(error, folder)).toEqual(['job.ts:3', '  const = 1', '        ^'])
    expect(errorLines(error, view)).toContain('      const = 1')
  })

  test('names files and not URLs, keeps several lines, and takes secrets out', () => {
    const error = new SluiceError(
      'PARAMETER_INVALID',
      'file:///srv/project/job.ts is wrong:\n  URL: mysql://a:geheim@db',
    )
    expect(errorLines(error, view)).toEqual([
      'PARAMETER_INVALID job.ts is wrong:',
      '  URL: mysql://a:***@db',
    ])
  })

  test('shows the stack of the engine only when asked', () => {
    const error = new SluiceError('INVARIANT_BROKEN', 'x')
    expect(errorLines(error, view).at(-1)).toContain('--verbose')
    const verbose = errorLines(error, { ...view, verbose: true })
    expect(verbose.some((line) => line.includes('error-text.test.ts'))).toBe(true)
  })

  test('is printed without what would steer the terminal', () => {
    expect(errorLines(new Error('a\u001B[2Jb'), view)[0]).toBe('Error ab')
  })
})

test('an error for programs has the same parts', () => {
  const error = new SluiceError('SINK_FAILED', 'to mysql://a:geheim@db', {
    where: { sink: 'out' },
    cause: thrownByUser(),
  })
  expect(errorJson(error, view)).toEqual({
    code: 'SINK_FAILED',
    message: 'to mysql://a:***@db',
    domain: 'external',
    where: { sink: 'out' },
    frames: ['at total (orders.ts:12:9)', 'at job.ts:30:5'],
  })
})
