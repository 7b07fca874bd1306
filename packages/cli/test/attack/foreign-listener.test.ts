// A killed run has left its address, and another program has got the port since.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ControlClient } from '../../src/control/control-client.ts'

async function clientOf(answer: (response: ServerResponse) => void): Promise<ControlClient> {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'sluice-control-'))
  onTestFinished(async () => {
    rmSync(folder, { recursive: true })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const content = { version: 1, job: 'shop', logId: 'abc', generation: 1, token: 'secret' }
  const address = `http://127.0.0.1:${port}`
  writeFileSync(join(folder, 'control.json'), JSON.stringify({ ...content, address }))
  return await ControlClient.find(folder)
}

const strangers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'a page': (response) => response.setHeader('content-type', 'text/html').end('<html></html>'),
  'other data': (response) => response.setHeader('content-type', 'application/json').end('{}'),
  'nothing at all': (response) => response.end(),
  'a refusal of its own': (response) => response.writeHead(403).end('no'),
  'another address': (response) => response.writeHead(302, { location: '/login' }).end(),
}

for (const [what, answer] of Object.entries(strangers)) {
  test(`a stranger that answers with ${what} is not taken for the run`, async () => {
    const client = await clientOf(answer)
    const gone = { code: 'JOB_NOT_RUNNING', message: expect.stringContaining('is gone') }
    await expect(client.status()).rejects.toMatchObject(gone)
    await expect(client.ask('/stop', {}, () => {})).rejects.toMatchObject(gone)
  })
}
