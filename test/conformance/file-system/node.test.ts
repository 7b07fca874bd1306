import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createNodePlatform } from '@sluice/runtime/internal'
import { describe, it } from 'vitest'
import { fileSystemCases } from './cases.ts'

describe("Node's file system", () => {
  for (const { name, run } of fileSystemCases) {
    it(name, async () => {
      const folder = await mkdtemp(`${tmpdir()}/sluice-file-system-`)
      try {
        await run(createNodePlatform().files, folder)
      } finally {
        await rm(folder, { recursive: true })
      }
    })
  }
})
