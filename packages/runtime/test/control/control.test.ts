// The control of a run over its own handler, without a socket, and over the loopback interface.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readControlFile, removeControlFile } from '../../src/control/control-file.ts'
import type { ControlLine, ControlStatus } from '../../src/control/control-protocol.ts'
import { serveControl } from '../../src/control/serve-control.ts'
import { createNodePlatform } from '../../src/platform/node/node-platform.ts'
import type { HttpHandler, Platform } from '../../src/platform/platform.ts'
import { callsAround } from '../coordinator/world/calls-around.ts'
import { CountingPlace, untilRunning } from '../coordinator/world/counting-run.ts'
import { temporaryFolder } from '../coordinator/world/scripted-run.ts'

const node = createNodePlatform({ logSink: () => {} })
const waits: Promise<unknown>[] = []
afterEach(async () => {
  await Promise.all(waits.splice(0))
})

/** A platform that answers in memory. */
class InMemory {
  closed = false
  #handler: HttpHandler | undefined
  readonly platform: Platform = {
    ...node,
    serve: async (handler) => {
      this.#handler = handler
      return {
        address: 'http://memory',
        close: async () => {
          this.closed = true
        },
      }
    },
  }

  async ask(path: string, token: string, body?: object): Promise<Response> {
    const request = new Request(`http://memory${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return await (this.#handler?.(request) ?? Response.error())
  }
}

async function controlled(platform: Platform) {
  const place = new CountingPlace({ records: 100_000, ratePerSecond: 5_000 })
  const run = place.run()
  waits.push(serveControl(platform, run))
  await untilRunning(run)
  for (;;) {
    const file = await readControlFile(node.files, place.folder)
    if (file !== undefined) return { place, run, file }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function linesOf(response: Response): Promise<ControlLine[]> {
  const text = await response.text()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ControlLine)
}

test('a run answers who has its token, and nobody else', async () => {
  const memory = new InMemory()
  const { place, run, file } = await controlled(memory.platform)
  expect(statSync(join(place.folder, 'control.json')).mode & 0o777).toBe(0o600)
  const status = (await (await memory.ask('/status', file.token)).json()) as ControlStatus
  expect(status).toMatchObject({ job: 'counting', state: 'running', logId: file.logId })
  expect(JSON.stringify(status)).not.toContain(file.token)
  for (const token of ['', 'x', `${file.token}0`, file.token.slice(1), file.token.toUpperCase()]) {
    for (const path of ['/status', '/absent']) {
      expect((await memory.ask(path, token)).status).toBe(401)
    }
  }
  expect((await memory.ask('/absent', file.token)).status).toBe(404)
  run.cancel()
})

test('what takes its time is answered in lines, and errors keep their codes', async () => {
  const memory = new InMemory()
  const { run, file } = await controlled(memory.platform)
  const made = await linesOf(await memory.ask('/savepoint', file.token, { name: 'daily' }))
  expect(made.at(-1)).toMatchObject({ event: 'done', result: { savepoint: { name: 'daily' } } })
  await memory.ask('/checkpoint', file.token, {})
  const again = await linesOf(await memory.ask('/savepoint', file.token, { name: 'daily' }))
  expect(again.at(-1)).toMatchObject({ event: 'failed', error: { code: 'SAVEPOINT_EXISTS' } })
  const named = await linesOf(await memory.ask('/savepoint', file.token, { name: '../up' }))
  expect(named.at(-1)).toMatchObject({ event: 'failed', error: { code: 'USAGE' } })
  for (const body of [{ name: 1 }, { folder: {} }]) {
    expect((await memory.ask('/savepoint', file.token, body)).status).toBe(400)
  }
  expect(run.status().state).toBe('running')
  run.cancel()
})

test('a stop is answered before the run takes its leave', async () => {
  const memory = new InMemory()
  const { place, run, file } = await controlled(memory.platform)
  const answer = await memory.ask('/stop', file.token, { savepoint: {} })
  const [lines, { outcome }] = await Promise.all([linesOf(answer), run.done])
  expect(outcome).toBe('stopped')
  const last = lines.at(-1)
  expect(last).toMatchObject({
    event: 'done',
    result: { savepoint: { segments: expect.any(Number) } },
  })
  await Promise.all(waits)
  expect(memory.closed).toBe(true)
  expect(readdirSync(place.folder).filter((name) => name.includes('control'))).toEqual([])
})

test('a run whose folder cannot hold its address runs without being controlled', async () => {
  const memory = new InMemory()
  const files = callsAround(node.files, async ({ given, carryOut }) => {
    if (given[1] === 'create-private') throw new Error('no space left')
    return await carryOut()
  })
  const place = new CountingPlace({ records: 500 })
  const run = place.run()
  await serveControl({ ...memory.platform, files }, run)
  expect((await run.done).outcome).toBe('finished')
  expect(memory.closed).toBe(true)
  expect(existsSync(join(place.folder, 'control.json'))).toBe(false)
})

test('a run removes its own file and leaves that of a newer one', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'control.json')
  const newer = JSON.stringify({ version: 1, address: 'http://127.0.0.1:1', token: 'newer' })
  writeFileSync(path, newer)
  await removeControlFile(node, folder, 'older')
  expect(readFileSync(path, 'utf8')).toBe(newer)
  await removeControlFile(node, folder, 'newer')
  expect(readdirSync(folder)).toEqual([])
  await removeControlFile(node, folder, 'newer')
  for (const torn of ['', '{', 'null', '[]', '{"version":2,"address":"a","token":"b"}']) {
    writeFileSync(path, torn)
    expect(await readControlFile(node.files, folder)).toBeUndefined()
  }
})

test('the server listens on the loopback interface and ends with the run', async () => {
  const { run, file } = await controlled(node)
  expect(file.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const headers = { authorization: `Bearer ${file.token}` }
  expect((await fetch(`${file.address}/status`, { headers })).status).toBe(200)
  run.cancel()
  await Promise.all(waits)
  await expect(fetch(`${file.address}/status`, { headers })).rejects.toThrow('fetch failed')
})
