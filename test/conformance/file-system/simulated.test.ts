import { SimulatedWorld } from '@sluice/testing/simulator'
import { describe, expect, it } from 'vitest'
import { fileSystemCases } from './cases.ts'

describe('The simulated file system', () => {
  for (const { name, run } of fileSystemCases) {
    it(name, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const world = new SimulatedWorld({ seed })
        const process = world.startProcess('p')
        process.run(async ({ files }) => {
          await files.makeDirectory('/tmp/case')
          await run(files, '/tmp/case')
        })
        await world.run()
        expect(process.exit).toEqual({ kind: 'finished' })
      }
    })
  }
})
