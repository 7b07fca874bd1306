import { createStorage } from '@sluice/runtime/internal'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { describe, expect, it } from 'vitest'
import { storageCases } from './cases.ts'

describe('Local storage on the simulated file system', () => {
  for (const { name, run } of storageCases) {
    it(name, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const world = new SimulatedWorld({ seed })
        const process = world.startProcess('p')
        process.run(async (platform) => {
          await run(async () => {
            const storage = createStorage(platform, '/checkpoints/job')
            await storage.open()
            return storage
          })
        })
        await world.run()
        expect(process.exit).toEqual({ kind: 'finished' })
      }
    })
  }
})
