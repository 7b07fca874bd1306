// HTTP for this machine alone: a free port of 127.0.0.1. Closing it lets answers under way get out
// and then ends what is still open, so that no idle connection keeps the process alive.

import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import type { HttpHandler, HttpServer } from '../../platform.ts'

const loopback = '127.0.0.1'

const answersOutWithinMs = 1_000

/** Rejects where no port can be had. */
export async function serveOnLoopback(handler: HttpHandler): Promise<HttpServer> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>()
  const options = { fetch: handler, hostname: loopback, port: 0, overrideGlobalObjects: false }
  const server = serve(options, resolve) as Server
  server.once('error', reject)
  const { port } = await promise
  return {
    address: `http://${loopback}:${port}`,
    close: async () => {
      const closed = new Promise<void>((done) => {
        server.close(() => done())
      })
      const timer = setTimeout(() => server.closeAllConnections(), answersOutWithinMs)
      await closed
      clearTimeout(timer)
    },
  }
}
