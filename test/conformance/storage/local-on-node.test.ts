import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createNodePlatform, createStorage } from '@sluice/runtime/internal'
import { describe, it } from 'vitest'
import { storageCases } from './cases.ts'

describe("Local storage on Node's file system", () => {
  for (const { name, run } of storageCases) {
    it(name, async () => {
      const folder = await mkdtemp(`${tmpdir()}/sluice-storage-`)
      try {
        await run(async () => {
          const storage = createStorage(createNodePlatform(), `${folder}/job`)
          await storage.open()
          return storage
        })
      } finally {
        await rm(folder, { recursive: true })
      }
    })
  }
})
