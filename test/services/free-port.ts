// A port of the loopback that nobody listens on. Between finding and using it another program may
// take it, which a server then says at its start.

import { createServer } from 'node:net'

export async function freePort(): Promise<number> {
  return await listenOnce(0)
}

/** Fails with what to do when somebody listens on this port already. */
export async function assertFree(port: number): Promise<void> {
  try {
    await listenOnce(port)
  } catch (error) {
    throw new Error(`Port ${port} is taken; --port names another one.`, { cause: error })
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('The system gave no port.'))
      })
    })
  })
}
