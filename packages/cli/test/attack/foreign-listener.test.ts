// A killed run has left its address, and another program has got the port since.

import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { clientOf } from '../control/client-of.ts'

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
