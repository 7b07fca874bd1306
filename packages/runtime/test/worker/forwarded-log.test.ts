import { expect, test } from 'vitest'
import { createLogger } from '../../src/platform/node/line-logger.ts'
import { forwardedLog } from '../../src/worker/forwarded-log.ts'

/** A port that copies as threads do. */
function port() {
  const posted: unknown[] = []
  return { posted, post: (message: unknown) => void posted.push(structuredClone(message)) }
}

test('lines of a worker are sent with their fields, errors taken apart', () => {
  const end = port()
  createLogger('debug', forwardedLog(end)).warn('It is slow.', {
    step: 'a',
    error: new Error('why'),
  })
  expect(end.posted).toMatchObject([
    { type: 'log', level: 'warn', message: 'It is slow.', fields: { error: { message: 'why' } } },
  ])
})

test('a field that cannot be sent costs no line', () => {
  const end = port()
  createLogger('debug', forwardedLog(end)).error('It failed.', { call: () => 1, step: 'a' })
  expect(end.posted).toMatchObject([
    { message: 'It failed.', fields: { call: expect.any(String), step: '"a"' } },
  ])
})
