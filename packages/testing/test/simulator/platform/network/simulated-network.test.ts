import type { NetworkConnection, NetworkListener } from '@sluice/core/connector'
import { describe, expect, it } from 'vitest'
import { SimulatedWorld, type WorldOptions } from '../../../../src/simulator/index.ts'

const address = { host: 'broker', port: 9092 }

interface Scene {
  readonly world: SimulatedWorld
  readonly server: ReturnType<SimulatedWorld['network']['listen']>
  /** What the server read, by connection. */
  readonly read: string[]
}

/** A server that answers each text it gets with the text in capitals, piece by piece. */
function sceneOf(seed: number, faultRates: WorldOptions['faultRates'] = {}): Scene {
  const world = new SimulatedWorld({ seed, faultRates })
  const read: string[] = []
  const server = world.network.listen(address.host, address.port, (connection) => {
    const index = read.push('') - 1
    connection.listen({
      data(bytes) {
        const text = Buffer.from(bytes).toString()
        read[index] += text
        connection.write([Buffer.from(text.toUpperCase())])
      },
      closed: () => void (read[index] += '|'),
    })
  })
  return { world, server, read }
}

function hear(connection: NetworkConnection): { text: string; closed: unknown } {
  const heard = { text: '', closed: 'no' as unknown }
  const listener: NetworkListener = {
    data: (bytes) => void (heard.text += Buffer.from(bytes).toString()),
    closed: (error) => void (heard.closed = error?.kind),
  }
  connection.listen(listener)
  return heard
}

describe('The network of a simulated world', () => {
  it('carries bytes in order, torn in other places than they were written', async () => {
    let torn = 0
    for (let seed = 0; seed < 20; seed++) {
      const { world, read, server } = sceneOf(seed)
      let pieces = 0
      world.startProcess('p').run(async ({ network, timers }) => {
        const connection = await network.connect(address)
        const heard = hear(connection)
        for (const text of ['alpha', 'beta', 'gamma']) connection.write([Buffer.from(text)])
        await timers.sleep(50)
        expect(heard).toEqual({ text: 'ALPHABETAGAMMA', closed: 'no' })
        expect(server.connections).toHaveLength(1)
        connection.close()
        connection.close()
        await timers.sleep(50)
        expect(heard.closed).toBeUndefined()
        pieces = world.events.lines().filter((line) => line.includes('broker:9092: bytes')).length
      })
      await world.run()
      expect(world.processes[0]?.exit).toEqual({ kind: 'finished' })
      expect(read).toEqual(['alphabetagamma|'])
      expect(server.connections).toHaveLength(0)
      if (pieces > 3) torn++
    }
    expect(torn).toBeGreaterThan(0)
  })

  it('knows the hosts of the scenario alone, and refuses where none listens', async () => {
    const { world, server } = sceneOf(1)
    const kinds: unknown[] = []
    world.startProcess('p').run(async ({ network }) => {
      const attempt = (host: string, port: number): Promise<unknown> =>
        network.connect({ host, port }).catch((error: { kind: string }) => kinds.push(error.kind))
      await attempt('elsewhere', 9092)
      await attempt('broker', 9999)
      server.stop()
      await attempt('broker', 9092)
      server.restart()
      await attempt('broker', 9092)
    })
    await world.run()
    expect(kinds).toEqual(['not-found', 'refused', 'refused'])
  })

  it('tells each end of the end of the other: process and server', async () => {
    const { world, server, read } = sceneOf(2)
    const seen: unknown[] = []
    const first = world.startProcess('first')
    const second = world.startProcess('second')
    for (const process of [first, second]) {
      process.run(async ({ network, timers }) => {
        const connection = await network.connect(address)
        const heard = hear(connection)
        connection.write([Buffer.from('x')])
        await timers.sleep(100)
        seen.push([process.name, heard.closed])
        connection.write([Buffer.from('lost')])
      })
    }
    world.schedule(20, 'kill', () => first.kill())
    world.schedule(30, 'cut', () => server.cut())
    await world.run()
    expect(seen).toEqual([['second', 'closed']])
    expect(read).toEqual(['x|', 'x|'])
  })

  it('keeps what comes for a server that stands still, and for an end that is paused', async () => {
    const { world, server } = sceneOf(3)
    world.startProcess('p').run(async ({ network, timers }) => {
      const connection = await network.connect(address)
      const heard = hear(connection)
      server.pause()
      connection.write([Buffer.from('x')])
      await timers.sleep(1000)
      expect(heard.text).toBe('')
      connection.pause()
      server.resume()
      await timers.sleep(100)
      expect(heard.text).toBe('')
      connection.resume()
      expect(heard.text).toBe('X')
    })
    await world.run()
    expect(world.processes[0]?.exit).toEqual({ kind: 'finished' })
  })

  it('says when more is under way than is good', async () => {
    const { world, server } = sceneOf(4)
    let drained = false
    world.startProcess('p').run(async ({ network, timers }) => {
      const connection = await network.connect(address)
      server.pause()
      expect(connection.write([new Uint8Array(1000)])).toBe(true)
      expect(connection.write([new Uint8Array(100_000)])).toBe(false)
      void connection.drained().then(() => (drained = true))
      await timers.sleep(10)
      expect(drained).toBe(false)
      server.resume()
      await timers.sleep(10)
      expect(drained).toBe(true)
    })
    await world.run()
    expect(world.processes[0]?.exit).toEqual({ kind: 'finished' })
  })

  it('is cut by faults before or after the last bytes went over; a seed repeats it', async () => {
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const run = async (): Promise<string> => {
        const { world, read } = sceneOf(seed, { 'connection-cut': 0.4, 'connect-refused': 0.2 })
        let outcome = ''
        world.startProcess('p').run(async ({ network, timers }) => {
          const connection = await network.connect(address)
          const heard = hear(connection)
          connection.write([Buffer.from('x')])
          await timers.sleep(100)
          outcome = `${read.join()} ${heard.text} ${String(heard.closed)}`
        })
        await world.run()
        return outcome
      }
      const outcome = await run()
      expect(await run()).toBe(outcome)
      outcomes.add(outcome)
    }
    expect(outcomes).toContain('| ' + ' closed')
    expect(outcomes).toContain('x|  closed')
    expect(outcomes).toContain('x|' + ' X closed')
    expect(outcomes).toContain('x X no')
    expect(outcomes).toContain('')
  })
})
