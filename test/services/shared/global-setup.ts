// Runs in the program that starts the test files, so that servers can outlive a file and end with
// the run. It listens for files that want one; until then nothing is loaded or started.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import type { RunningService } from '../service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the servers that files share are asked for. */
    sharedServices: string
  }
}

const running = new Map<string, Promise<RunningService>>()

/** Vitest calls it before the first file, and what it returns after the last. */
export default async function shareServices(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url?.slice(1) ?? '')
    void answer(name, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('sharedServices', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    const started = await Promise.allSettled(running.values())
    const services = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    await Promise.all(services.map((service) => service.stop()))
  }
}

async function answer(name: string, response: ServerResponse): Promise<void> {
  try {
    const service = running.get(name) ?? start(name)
    running.set(name, service)
    response.end((await service).url)
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error))
  }
}

async function start(name: string): Promise<RunningService> {
  const { sharedServices } = await import('./shared-services.ts')
  const known: Readonly<Record<string, () => Promise<RunningService>>> = sharedServices
  const begin = known[name]
  if (begin === undefined) throw new Error(`There is no shared service ${name}.`)
  return await begin()
}
