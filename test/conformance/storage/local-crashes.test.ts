import { createStorage, type Platform } from '@sluice/runtime/internal'
import { SimulatedWorld, type WorldOptions } from '@sluice/testing/simulator'
import { describe, expect, it } from 'vitest'

const place = '/checkpoints/job'
const entrySize = 500

function isWhole(bytes: Uint8Array, size: number): boolean {
  return bytes.length === size && bytes.every((byte) => byte === bytes[0])
}

describe('Local storage under crashes of the machine', () => {
  it('keeps what it has confirmed or shown, and leaves the rest whole or away', async () => {
    let lost = 0
    for (let seed = 1; seed <= 150; seed++) {
      const world = new SimulatedWorld({ seed, faultRates: { 'link-unsure': 0.1 } })
      const confirmed = new Map<number, number>()
      const began = new Set<number>()
      let floor = 0
      for (const name of ['a', 'b']) {
        world.startProcess(name).run(async (platform) => {
          const storage = createStorage(platform, place)
          await storage.open()
          for (let position = 1; ; position++) {
            const fill = platform.random.uint32() % 256
            began.add(position)
            const outcome = await storage
              .append(position, new Uint8Array(entrySize).fill(fill))
              .catch(() => 'unknown')
            if (outcome === 'created') confirmed.set(position, fill)
            const entry = await storage.readEntry(position)
            if (entry !== undefined) confirmed.set(position, entry[0] as number)
            if (position % 3 === 0) {
              await storage.raiseFloor(position)
              floor = Math.max(floor, position)
            }
          }
        })
      }
      const crashMs = 5 + world.random.below(150)
      world.schedule(crashMs, 'crash', () => world.crashMachine())
      await world.run()
      world.faults.stop()
      const successor = world.startProcess('successor')
      successor.run(async (platform) => {
        const storage = createStorage(platform, place)
        await storage.open()
        for (const position of began) {
          const entry = await storage.readEntry(position)
          const fill = confirmed.get(position)
          if (fill !== undefined) expect(entry?.[0]).toBe(fill)
          if (entry === undefined) lost++
          else expect(isWhole(entry, entrySize)).toBe(true)
        }
        expect(await storage.readFloor()).toBeGreaterThanOrEqual(floor)
      })
      await world.run()
      expect(successor.exit).toEqual({ kind: 'finished' })
    }
    expect(lost).toBeGreaterThan(20)
  })

  it('keeps every segment that it has confirmed, also over one of the same name', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const world = new SimulatedWorld({ seed, faultRates: { 'sync-failed': 0.1 } })
      const confirmed = new Map<string, number>()
      world.startProcess('writer').run(async (platform) => {
        const storage = createStorage(platform, place)
        await storage.open()
        for (let version = 1; ; version++) {
          const name = `s${version % 3}`
          const chunk = new Uint8Array(100).fill(version)
          await storage.writeSegment(name, [chunk, chunk]).then(
            () => confirmed.set(name, version),
            () => undefined,
          )
        }
      })
      world.schedule(5 + world.random.below(100), 'crash', () => world.crashMachine())
      await world.run()
      world.faults.stop()
      const successor = world.startProcess('successor')
      successor.run(async (platform) => {
        const storage = createStorage(platform, place)
        await storage.open()
        for (const [name, version] of confirmed) {
          const bytes = await storage.readSegment(name)
          expect(bytes[0]).toBeGreaterThanOrEqual(version)
          expect(isWhole(bytes, 200)).toBe(true)
        }
      })
      await world.run()
      expect(successor.exit).toEqual({ kind: 'finished' })
    }
  })
})

async function openIn(options: Omit<WorldOptions, 'seed'>, spoil: (world: SimulatedWorld) => void) {
  const world = new SimulatedWorld({ seed: 1, ...options })
  spoil(world)
  const process = world.startProcess('p')
  process.run(async (platform: Platform) => {
    await createStorage(platform, place).open()
  })
  await world.run()
  return process.exit
}

describe('Opening local storage', () => {
  it.each([
    ['without hard links', 'STORAGE_UNSUPPORTED', (world) => (world.disk.hardLinks = false)],
    ['without the right to write', 'STORAGE_FORBIDDEN', (world) => (world.disk.readOnly = true)],
    ['on a full disk', 'STORAGE_FULL', (world) => (world.disk.full = true)],
    [
      'where a file is in the way',
      'STORAGE_UNSUPPORTED',
      (world) => world.disk.create('/checkpoints'),
    ],
  ] as [string, string, (world: SimulatedWorld) => void][])(
    '%s says %s, the path and how to mend it',
    async (_where, code, spoil) => {
      expect(await openIn({}, spoil)).toMatchObject({
        kind: 'failed',
        error: {
          code,
          message: expect.stringContaining(place) as string,
          hint: expect.stringMatching(/folder|space/) as string,
        },
      })
    },
  )

  it('leaves no file behind, and removes those of dead writers when they are old', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const aside = (): string[] => world.disk.list(`${place}/aside`)
    const victim = world.startProcess('victim')
    victim.run(async (platform) => {
      const storage = createStorage(platform, place)
      await storage.open()
      expect(aside()).toEqual([])
      await storage.writeSegment('s', [new Uint8Array(5)])
      await storage.append(1, new Uint8Array(5))
      expect(aside()).toEqual([])
      void storage.append(2, new Uint8Array(5))
      while (aside().length === 0) await platform.timers.sleep(0.1)
      victim.kill()
    })
    await world.run()
    expect(aside()).toHaveLength(1)
    const successor = world.startProcess('successor')
    successor.run(async (platform) => {
      const storage = createStorage(platform, place)
      await storage.open()
      expect(aside()).toHaveLength(1)
      await platform.timers.sleep(11 * 60_000)
      await storage.append(3, new Uint8Array(5))
      expect(aside()).toEqual([])
    })
    await world.run()
    expect(successor.exit).toEqual({ kind: 'finished' })
  })
})
