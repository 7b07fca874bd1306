// A client of a run whose answers the test gives: a server at the address that a run has left in
// its folder.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ControlClient } from '../../src/control/control-client.ts'
import type { Limits } from '../../src/control/patience.ts'

/** Server and folder are gone once the test is over. */
export async function clientOf(
  answer: (response: ServerResponse) => void,
  limits: Partial<Limits> = {},
): Promise<ControlClient> {
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
  return await ControlClient.find(folder, limits)
}
