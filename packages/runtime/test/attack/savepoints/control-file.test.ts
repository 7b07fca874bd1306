// A run that has slept ends after a newer one has said where it listens.

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  readControlFile,
  removeControlFile,
  writeControlFile,
} from '../../../src/control/control-file.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { callsAround } from '../../coordinator/world/calls-around.ts'
import { temporaryFolder } from '../../coordinator/world/scripted-run.ts'

const node = createNodePlatform({ logSink: () => {} })

test('dying while it takes its leave, a run leaves the address of a newer one', async () => {
  const folder = temporaryFolder()
  const newer = { version: 1, address: 'http://127.0.0.1:1', token: 'newer' }
  writeFileSync(join(folder, 'control.json'), JSON.stringify(newer))
  const files = callsAround(node.files, async ({ name, carryOut }) => {
    const result = await carryOut()
    // It dies when the rename has been done.
    if (name === 'rename') throw new Error('killed')
    return result
  })
  await removeControlFile({ ...node, files }, folder, 'older').catch(() => {})
  expect(await readControlFile(node.files, folder)).toMatchObject({ token: 'newer' })
})

test('what dead runs left aside goes when a later one says where it listens', async () => {
  const folder = temporaryFolder()
  const nowMs = Date.now()
  const left = (name: string): void => writeFileSync(join(folder, name), '{}')
  left('.control.0123456789abcdef.aside')
  left(`.control.${nowMs - 3_600_000}.0123456789abcdef.aside`)
  const inUse = `.control.${nowMs - 1_000}.0123456789abcdef.aside`
  left(inUse)
  left('.control.mine')
  const content = { version: 1, job: 'shop', logId: 'abc', generation: 1 } as const
  const address = 'http://127.0.0.1:1'
  await writeControlFile(node, folder, { ...content, address, token: 'newer' })
  expect(readdirSync(folder)).toEqual([inUse, '.control.mine', 'control.json'].sort())
})

test('dying at any operation, a run leaves nothing that the next one does not clear', async () => {
  const content = { version: 1, job: 'shop', logId: 'abc', generation: 1 } as const
  for (let at = 1, died = true; died; at++) {
    const folder = temporaryFolder()
    let operation = 0
    const files = callsAround(node.files, async ({ carryOut }) => {
      if (++operation >= at) throw new Error('killed')
      return await carryOut()
    })
    const dying = { ...node, files }
    const file = { ...content, address: 'http://127.0.0.1:1', token: 'mine' }
    await writeControlFile(dying, folder, file).catch(() => {})
    await removeControlFile(dying, folder, 'mine').catch(() => {})
    died = operation >= at
    const later = { ...node, clock: { ...node.clock, now: () => Date.now() + 3_600_000 } }
    await writeControlFile(later, folder, { ...file, token: 'later' })
    expect(readdirSync(folder)).toEqual(['control.json'])
    expect(await readControlFile(node.files, folder)).toMatchObject({ token: 'later' })
  }
})
