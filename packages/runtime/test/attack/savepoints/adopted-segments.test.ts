// A savepoint that somebody has copied here a moment ago, and that a run takes over.

import { createStorage } from '@sluice/runtime/internal'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'

const place = '/checkpoints/job'
const copied = '/copied.segment'
const sizeBytes = 5_000

test('a segment that was taken over survives a crash of the machine', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new SimulatedWorld({ seed })
    const run = world.startProcess('run')
    run.run(async (platform) => {
      // As `cp` does: nothing of it is synced.
      const handle = await platform.files.open(copied, 'create')
      await handle.append(new Uint8Array(sizeBytes).fill(7))
      await handle.close()
      const storage = createStorage(platform, place)
      await storage.open()
      expect(await storage.adoptSegment?.('s1', copied)).toBe(true)
      world.crashMachine()
    })
    await world.run()
    const successor = world.startProcess('successor')
    successor.run(async (platform) => {
      const storage = createStorage(platform, place)
      expect(await storage.readSegment('s1')).toEqual(new Uint8Array(sizeBytes).fill(7))
    })
    await world.run()
    expect(successor.exit).toEqual({ kind: 'finished' })
  }
})
