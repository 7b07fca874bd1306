import { FileSystemError, type FileSystem } from '@sluice/core/connector'
import { describe, expect, it } from 'vitest'
import { SimulatedWorld, type WorldOptions } from '../../../src/simulator/index.ts'

async function inWorld(
  options: Partial<WorldOptions>,
  body: (files: FileSystem, world: SimulatedWorld) => Promise<void>,
): Promise<void> {
  const world = new SimulatedWorld({ seed: 1, ...options })
  const process = world.startProcess('p')
  process.run(({ files }) => body(files, world))
  await world.run()
  expect(process.exit).toEqual({ kind: 'finished' })
}

async function kindOf(action: Promise<unknown>): Promise<string> {
  return await action.then(
    () => 'done',
    (error: unknown) => (error instanceof FileSystemError ? error.kind : 'unknown'),
  )
}

async function create(files: FileSystem, path: string): Promise<void> {
  const handle = await files.open(path, 'create')
  await handle.close()
}

describe('A fault of a file', () => {
  it('before the effect leaves nothing behind', async () => {
    await inWorld({ faultRates: { 'link-failed': 1, 'rename-failed': 1 } }, async (files) => {
      await create(files, '/a')
      expect(await kindOf(files.link('/a', '/b'))).toBe('failed')
      expect(await kindOf(files.rename('/a', '/b'))).toBe('failed')
      expect(await files.list('/')).toEqual(['a'])
    })
  })

  it('after the effect says failed although it was done', async () => {
    await inWorld({ faultRates: { 'link-unsure': 1, 'remove-unsure': 1 } }, async (files) => {
      await create(files, '/a')
      expect(await kindOf(files.link('/a', '/b'))).toBe('failed')
      expect(await files.list('/')).toEqual(['a', 'b'])
      expect(await kindOf(files.remove('/a'))).toBe('failed')
      expect(await files.list('/')).toEqual(['b'])
    })
  })

  it('of an append may leave a part of it', async () => {
    const sizes = new Set<number>()
    for (let seed = 0; seed < 40; seed++) {
      await inWorld({ seed, faultRates: { 'append-full': 1 } }, async (files) => {
        const handle = await files.open('/a', 'create')
        expect(await kindOf(handle.append(new Uint8Array(3)))).toBe('full')
        sizes.add((await handle.stat()).sizeBytes)
        await handle.close()
      })
    }
    expect(sizes).toEqual(new Set([0, 1, 2, 3]))
  })

  it('of a sync spoils the handle', async () => {
    await inWorld({ faultRates: { 'sync-failed': 1 } }, async (files, world) => {
      const handle = await files.open('/a', 'create')
      await handle.append(new Uint8Array(3))
      expect(await kindOf(handle.sync())).toBe('failed')
      world.faults.stop()
      expect(await kindOf(handle.sync())).toBe('failed')
      expect(await kindOf(handle.append(new Uint8Array(3)))).toBe('failed')
      await handle.close()
    })
  })

  it('makes listings stale, of chosen folders alone', async () => {
    const isStale = (path: string): boolean => path === '/stale'
    await inWorld({ faultRates: { 'list-stale': 1 }, isStale }, async (files) => {
      for (const folder of ['/stale', '/log']) {
        await files.makeDirectory(folder)
        await create(files, `${folder}/a`)
      }
      expect(await files.list('/stale')).toEqual([])
      expect(await files.list('/log')).toEqual(['a'])
    })
  })

  it('makes calls slow', async () => {
    await inWorld({ faultRates: { 'file-slow': 1 } }, async (files, world) => {
      const before = world.nowMs
      await files.stat('/a')
      expect(world.nowMs - before).toBeGreaterThan(50)
    })
  })
})
