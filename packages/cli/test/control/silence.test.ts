// A run that hangs: its process is there, and says nothing, or nothing any more.

import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { exitCodeOfError } from '../../src/exit-code.ts'
import { clientOf } from './client-of.ts'

const lines = { 'content-type': 'application/x-ndjson' }
const alive = `${JSON.stringify({ event: 'alive' })}\n`
const done = `${JSON.stringify({ event: 'done', result: { checkpoint: null, savepoint: null } })}\n`

async function refusal(asked: Promise<unknown>): Promise<unknown> {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(exitCodeOfError(error)).toBe(3)
  return error
}

test('a run that accepts and never answers is told as hanging, and not as gone', async () => {
  const client = await clientOf(() => {}, { answersWithinMs: 50 })
  const hangs = { code: 'JOB_UNRESPONSIVE', message: expect.stringContaining('does not answer') }
  expect(await refusal(client.ask('/stop', {}, () => {}))).toMatchObject(hangs)
  expect(await refusal(client.status())).toMatchObject(hangs)
})

test('a run that says something and then nothing more is not waited for without end', async () => {
  const limits = { silentForMs: 50 }
  const client = await clientOf((response) => {
    response.writeHead(200, lines).write(alive)
  }, limits)
  expect(await refusal(client.ask('/checkpoint', {}, () => {}))).toMatchObject({
    code: 'JOB_UNRESPONSIVE',
    message: expect.stringContaining('no sign of life'),
  })
  const half = await clientOf((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"logId":')
  }, limits)
  expect(await refusal(half.status())).toMatchObject({ code: 'JOB_UNRESPONSIVE' })
})

test('signs of life keep a command waiting, but not beyond its timeout', async () => {
  const slow = (response: ServerResponse): void => {
    response.writeHead(200, lines)
    const signs = setInterval(() => response.write(alive), 20)
    response.on('close', () => clearInterval(signs))
    setTimeout(() => response.end(done), 1_500)
  }
  const patient = await clientOf(slow, { silentForMs: 100 })
  expect(await patient.ask('/checkpoint', {}, () => {})).toMatchObject({ checkpoint: null })
  const hasty = await clientOf(slow, { timeoutMs: 200 })
  expect(await refusal(hasty.ask('/checkpoint', {}, () => {}))).toMatchObject({
    code: 'JOB_UNRESPONSIVE',
    message: expect.stringContaining('is not done within 200 ms'),
  })
})

test('a timeout of months is one, and not none', async () => {
  const client = await clientOf((response) => response.writeHead(200, lines).end(done), {
    timeoutMs: 90 * 24 * 3_600_000,
  })
  expect(await client.ask('/checkpoint', {}, () => {})).toMatchObject({ checkpoint: null })
})
