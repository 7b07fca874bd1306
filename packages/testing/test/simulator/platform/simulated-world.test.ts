import type { Platform, Port, WorkerExit } from '@sluice/runtime/internal'
import { describe, expect, it } from 'vitest'
import { SimulatedWorld, type WorldOptions } from '../../../src/simulator/index.ts'

const seeds = Array.from({ length: 40 }, (_, index) => index)

function worldOf(seed: number, options: Omit<WorldOptions, 'seed'> = {}): SimulatedWorld {
  return new SimulatedWorld({ seed, ...options })
}

describe('Time in a simulated world', () => {
  it('passes without waiting, and timers fire in order of their time', async () => {
    const world = worldOf(1)
    const fired: string[] = []
    world.startProcess('p').run(async ({ timers }) => {
      timers.after(86_400_000, () => fired.push('day'))
      timers.after(1000, () => fired.push('second'))
      timers.after(500, () => fired.push('cancelled'))()
      timers.after(Number.POSITIVE_INFINITY, () => fired.push('never'))
      await timers.sleep(90_000_000)
      fired.push('end')
    })
    expect(await world.run()).toBe('idle')
    expect(fired).toEqual(['second', 'day', 'end'])
    expect(world.nowMs).toBeGreaterThan(90_000_000)
  })

  it('picks among what is due by seed', async () => {
    const orders = new Set<string>()
    for (const seed of seeds) {
      const world = worldOf(seed)
      const order: number[] = []
      world.startProcess('p').run(async ({ later, timers }) => {
        for (const number of [1, 2, 3]) later(() => order.push(number))
        await timers.sleep(10)
      })
      await world.run()
      orders.add(order.join(' '))
    }
    expect(orders.size).toBe(6)
  })

  it('settles all promises between two events', async () => {
    const world = worldOf(1)
    const order: string[] = []
    world.startProcess('p').run(async ({ later, timers }) => {
      for (const name of ['a', 'b']) {
        later(() => {
          const work = async (): Promise<void> => {
            for (let turn = 0; turn < 20; turn++) await Promise.resolve()
            order.push(name, `${name} done`)
          }
          void work()
        })
      }
      await timers.sleep(1)
    })
    await world.run()
    expect([order[1], order[3]]).toEqual([`${order[0]} done`, `${order[2]} done`])
  })

  it('ends a run at a time, after a number of events, or when a condition holds', async () => {
    const world = worldOf(1)
    let ticks = 0
    world.startProcess('p').run(async ({ timers }) => {
      for (;;) {
        await timers.sleep(100)
        ticks++
      }
    })
    expect(await world.run({ untilMs: 1000 })).toBe('time')
    expect(ticks).toBe(9)
    expect(await world.run({ maxEvents: 3 })).toBe('events')
    expect(ticks).toBe(12)
    expect(await world.run({ until: () => ticks === 20 })).toBe('done')
    expect(ticks).toBe(20)
  })

  it('jumps for one process, and not on its monotonic clock', async () => {
    const world = worldOf(1)
    const process = world.startProcess('p')
    const { clock } = process.platform
    const [wallMs, monotonicMs] = [clock.now(), clock.monotonic()]
    process.jumpClock(-60_000)
    expect(clock.now()).toBeLessThan(wallMs - 59_000)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(monotonicMs)
    expect(world.startProcess('q').platform.clock.now()).toBeGreaterThanOrEqual(wallMs)
  })
})

/** Does a bit of everything, with faults. */
async function busyRun(seed: number, suppressed: readonly string[] = []): Promise<SimulatedWorld> {
  const world = worldOf(seed, {
    faultRates: { 'append-failed': 0.2, 'message-delayed': 0.2, 'file-slow': 0.1 },
    suppressedFaults: new Set(suppressed),
    runWorker: echo,
  })
  const process = world.startProcess('p')
  process.run(async (platform) => {
    const worker = platform.startWorker({ index: 0, name: 'w', data: {} })
    const answers: unknown[] = []
    worker.port.onMessage((message) => answers.push(message))
    for (let number = 0; number < 10; number++) {
      worker.port.post(number)
      const handle = await platform.files.open(`/f${number}`, 'create')
      await handle.append(new Uint8Array(9)).catch(() => platform.log.warn('append failed'))
      await handle.close()
    }
    while (answers.length < 10) await platform.timers.sleep(platform.random.fraction())
    platform.output(`${platform.random.hex(4)} ${answers.join(' ')}`)
  })
  await world.run()
  expect(process.exit).toEqual({ kind: 'finished' })
  expect(process.output.join('')).toContain('0 1 2 3 4 5 6 7 8 9')
  return world
}

function echo(_platform: Platform, port: Port): void {
  port.onMessage((message) => port.post(message))
}

describe('A seed', () => {
  it('gives the same events, byte for byte, and another gives others', async () => {
    const [first, second, other] = [await busyRun(5), await busyRun(5), await busyRun(6)]
    expect(first.events.lines().join('\n')).toBe(second.events.lines().join('\n'))
    expect(first.events.lines().join('\n')).not.toBe(other.events.lines().join('\n'))
    expect(first.events.lines(2)).toEqual(first.events.lines().slice(-2))
  })

  it('gives the same faults but those that are suppressed', async () => {
    const world = await busyRun(5)
    const appends = world.faults.hits.filter(({ kind }) => kind === 'append-failed')
    expect(appends.length).toBeGreaterThan(1)
    const [dropped, ...rest] = appends.map(({ id }) => id)
    const again = await busyRun(5, [dropped ?? ''])
    const left = again.faults.hits.filter(({ kind }) => kind === 'append-failed')
    expect(left.map(({ id }) => id)).toEqual(rest)
  })

  it('strikes no more after the faults were stopped', async () => {
    const world = worldOf(1, { faultRates: { 'open-failed': 1 } })
    expect(world.faults.strikes('open-failed', '')).toBe(true)
    expect(world.faults.happens('kill#1', 'p')).toBe(true)
    world.faults.stop()
    expect(world.faults.strikes('open-failed', '')).toBe(false)
    expect(world.faults.happens('kill#2', 'p')).toBe(false)
    expect(world.faults.hits.map(({ id }) => id)).toEqual(['open-failed#1', 'kill#1'])
  })
})

describe('A simulated worker', () => {
  it('gets copies of data and messages, in order, and shares only shared memory', async () => {
    const seen: unknown[] = []
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const sent = { shared, list: [1] }
    const world = worldOf(3, {
      faultRates: { 'message-delayed': 0.3 },
      runWorker(_platform, port, data) {
        Atomics.store((data as typeof sent).shared, 0, 42)
        seen.push((data as typeof sent).list)
        port.onMessage((message) => seen.push(message))
      },
    })
    world.startProcess('p').run(async (platform) => {
      const { port } = platform.startWorker({ index: 0, name: 'w', data: sent })
      sent.list.push(2)
      const message = { number: 0 }
      for (let number = 1; number <= 50; number++) {
        message.number = number
        port.post(message)
      }
      await platform.timers.sleep(200_000)
    })
    await world.run()
    expect(shared[0]).toBe(42)
    expect(seen[0]).toEqual([1])
    expect(seen.slice(1)).toEqual(Array.from({ length: 50 }, (_, index) => ({ number: index + 1 })))
  })

  it.each([
    ['throws', 'died', () => Promise.reject(new Error('oh'))],
    [
      'throws at once',
      'died',
      () => {
        throw new Error('oh')
      },
    ],
    [
      'throws in a callback',
      'died',
      (platform: Platform) =>
        platform.later(() => {
          throw new Error('oh')
        }),
    ],
    [
      'closes its port',
      'ended',
      (_: Platform, port: Port) => {
        port.post('bye')
        port.close()
      },
    ],
  ] as const)('that %s has %s', async (_name, kind, runWorker) => {
    const heard: unknown[] = []
    const world = worldOf(2, { runWorker })
    const process = world.startProcess('p')
    process.run(async (platform) => {
      const worker = platform.startWorker({ index: 0, name: 'w', data: undefined })
      worker.port.onMessage((message) => heard.push(message))
      worker.onExit((exit) => heard.push(exit.kind))
      await platform.timers.sleep(1000)
    })
    await world.run()
    expect(heard).toEqual(kind === 'ended' ? ['bye', 'ended'] : ['died'])
    expect(process.exit).toEqual({ kind: 'finished' })
  })

  it('runs nothing after it was terminated or killed; its process goes on', async () => {
    for (const seed of seeds) {
      let steps = 0
      const world = worldOf(seed, {
        async runWorker({ timers }) {
          for (;;) {
            await timers.sleep(10)
            steps++
          }
        },
      })
      const exits: WorkerExit[] = []
      const process = world.startProcess('p')
      process.run(async (platform) => {
        const worker = platform.startWorker({ index: 0, name: 'w', data: undefined })
        worker.onExit((exit) => exits.push(exit))
        await platform.timers.sleep(200)
        if (seed % 2 === 0) await worker.terminate()
        else process.workers[0]?.kill({ kind: 'out-of-memory' })
        const before = steps
        await platform.timers.sleep(500)
        expect(steps).toBe(before)
        await worker.terminate()
      })
      await world.run()
      expect(exits).toEqual([{ kind: seed % 2 === 0 ? 'ended' : 'out-of-memory' }])
      expect(steps).toBeGreaterThan(5)
      expect(process.exit).toEqual({ kind: 'finished' })
    }
  })

  it('sleeps on a doorbell until the word changes', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    const woken: number[] = []
    const world = worldOf(1, {
      runWorker({ sleepUntilRung, clock }) {
        sleepUntilRung(words, 0, () => woken.push(clock.monotonic()))
      },
    })
    world.startProcess('p').run(async (platform) => {
      platform.startWorker({ index: 0, name: 'w', data: undefined })
      await platform.timers.sleep(1000)
      Atomics.add(words, 0, 1)
      await platform.timers.sleep(1000)
    })
    await world.run()
    expect(woken).toHaveLength(1)
    expect(woken[0]).toBeGreaterThan(1000)
    expect(woken[0]).toBeLessThan(1010)
  })
})

describe('An I/O thread in the simulation', () => {
  const generators = new URL('./fixtures/generators.ts', import.meta.url).href

  it('runs the generators of modules, one result ahead, with errors and early ends', async () => {
    const lines = async (): Promise<string> => {
      const world = worldOf(1)
      const values: unknown[] = []
      const process = world.startProcess('p')
      process.run(async ({ offload }) => {
        for await (const value of offload(generators, 'countTo', 3)) values.push(value)
        for await (const value of offload(generators, 'countTo', 9)) {
          values.push(value)
          if (value === 2) break
        }
        for await (const value of offload(generators, 'countTo', 6)) values.push(value)
      })
      await world.run()
      expect(values).toEqual([1, 2, 3, 1, 2, 1, 2, 3, 4, 5, 6])
      expect(process.exit).toMatchObject({ kind: 'failed', error: { name: 'TypeError' } })
      return world.events.lines().join('\n')
    }
    expect(await lines()).toBe(await lines())
  })
})

describe('A simulated process', () => {
  it('fails with what its main function or a callback throws', async () => {
    const world = worldOf(1)
    const [first, second] = [world.startProcess('a'), world.startProcess('b')]
    first.run(() => Promise.reject(new Error('main')))
    second.run(async ({ timers }) => {
      timers.after(5, () => {
        throw new Error('callback')
      })
      await timers.sleep(10)
    })
    await world.run()
    expect(first.exit).toMatchObject({ kind: 'failed', error: { message: 'main' } })
    expect(second.exit).toMatchObject({ kind: 'failed', error: { message: 'callback' } })
  })

  it('runs nothing while it is paused, and all of it afterwards', async () => {
    const world = worldOf(1, { runWorker: echo })
    const heard: unknown[] = []
    const process = world.startProcess('sleeper')
    process.run(async (platform) => {
      const worker = platform.startWorker({ index: 0, name: 'w', data: undefined })
      worker.port.onMessage((message) => heard.push(message))
      for (let number = 0; number < 100; number++) {
        worker.port.post(number)
        await platform.timers.sleep(10)
      }
    })
    world.schedule(500, 'pause', () => process.pause())
    expect(await world.run()).toBe('idle')
    const before = heard.length
    expect(before).toBeGreaterThan(20)
    expect(before).toBeLessThan(60)
    world.schedule(60_000, 'resume', () => process.resume())
    await world.run()
    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(process.exit).toEqual({ kind: 'finished' })
  })

  it('leaves what it wrote when it is killed, and a call under way done or not', async () => {
    const linked = new Set<boolean>()
    for (const seed of seeds) {
      const world = worldOf(seed)
      const victim = world.startProcess('victim')
      victim.run(async ({ files }) => {
        const handle = await files.open('/a', 'create')
        await handle.append(Uint8Array.of(1, 2, 3))
        await handle.close()
        const link = files.link('/a', '/b')
        victim.kill()
        await link
        throw new Error('a dead process hears nothing')
      })
      await world.run()
      expect(victim.exit).toEqual({ kind: 'killed' })
      world.startProcess('successor').run(async ({ files }) => {
        expect((await files.stat('/a'))?.sizeBytes).toBe(3)
        linked.add((await files.stat('/b')) !== undefined)
      })
      await world.run()
      expect(world.processes.at(-1)?.exit).toEqual({ kind: 'finished' })
    }
    expect(linked).toEqual(new Set([true, false]))
  })

  it('is paused while a call takes effect, and hears of it when it goes on', async () => {
    const world = worldOf(4)
    const process = world.startProcess('sleeper')
    process.run(async ({ files }) => {
      const made = files.open('/a', 'create')
      process.pause()
      await made
    })
    await world.run()
    expect(world.disk.list('/')).toEqual(['a'])
    expect(process.exit).toBeUndefined()
    process.resume()
    await world.run()
    expect(process.exit).toEqual({ kind: 'finished' })
  })

  it('can be killed or paused at any line of the event log', async () => {
    for (const action of ['kill', 'pause'] as const) {
      const world = worldOf(4)
      const process = world.startProcess('p')
      process.run(async ({ files }) => {
        await files.open('/a', 'create')
        await files.link('/a', '/b')
        await files.link('/a', '/c')
      })
      let strikes = 1
      world.events.listen((line) => {
        if (line.endsWith('link /a /b done') && strikes-- > 0) process[action]()
      })
      await world.run()
      expect(world.disk.list('/')).toEqual(['a', 'b'])
      expect(process.exit).toEqual(action === 'kill' ? { kind: 'killed' } : undefined)
      process.resume()
      await world.run()
      expect(world.disk.list('/')).toEqual(action === 'kill' ? ['a', 'b'] : ['a', 'b', 'c'])
    }
  })

  it('dies with its machine; the next one finds what was durable', async () => {
    const found = new Set<string>()
    for (const seed of seeds) {
      const world = worldOf(seed)
      world.startProcess('victim').run(async ({ files, timers }) => {
        await files.makeDirectory('/d/e')
        for (const name of ['a', 'b']) {
          const handle = await files.open(`/d/e/${name}`, 'create')
          await handle.append(Uint8Array.of(1))
          await handle.sync()
          if (name === 'a') await files.syncDirectory('/d/e')
        }
        world.schedule(0, 'crash', () => world.crashMachine())
        await timers.sleep(1000)
      })
      await world.run()
      expect(world.processes[0]?.exit).toEqual({ kind: 'killed' })
      found.add(world.disk.list('/d/e').join(' '))
    }
    expect(found).toEqual(new Set(['a', 'a b']))
  })
})
