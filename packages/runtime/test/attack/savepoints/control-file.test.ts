// A run that has slept ends after a newer one has said where it listens.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readControlFile, removeControlFile } from '../../../src/control/control-file.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

const node = createNodePlatform({ logSink: () => {} })

test('dying while it takes its leave, a run leaves the address of a newer one', async () => {
  const folder = temporaryFolder()
  const newer = { version: 1, address: 'http://127.0.0.1:1', token: 'newer' }
  writeFileSync(join(folder, 'control.json'), JSON.stringify(newer))
  const files = new Proxy(node.files, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return async (...given: unknown[]): Promise<unknown> => {
        const result = await (member as (...given: unknown[]) => unknown).apply(target, given)
        // It dies when the rename has been done.
        if (name === 'rename') throw new Error('killed')
        return result
      }
    },
  })
  await removeControlFile({ ...node, files }, folder, 'older').catch(() => {})
  expect(await readControlFile(node.files, folder)).toMatchObject({ token: 'newer' })
})
