// The folder of the simulator's store: what outlives a process, what a crash of the machine takes,
// and who may open it.

import { KEY_VALUE_PUT, type KeyValueStore } from '@sluice/core/connector'
import type { Platform } from '@sluice/runtime'
import { SimulatedWorld } from '@sluice/testing/simulator'
import { expect, test } from 'vitest'

const key = Uint8Array.of(1)
const memoryBytes = 2 ** 20

/** One row: its key and value have one byte each. */
const put = Uint8Array.of(KEY_VALUE_PUT, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7)

async function inProcess<Result>(
  world: SimulatedWorld,
  call: (platform: Platform) => Promise<Result>,
): Promise<Result | undefined> {
  let result: Result | undefined
  const process = world.startProcess(`p${world.processes.length}`)
  process.run(async (platform) => {
    result = await call(platform)
  })
  await world.run({ until: () => process.exit !== undefined || result !== undefined })
  if (process.exit?.kind === 'failed') throw process.exit.error
  return result
}

function open(platform: Platform, path: string, reopen = false): Promise<KeyValueStore> {
  const opens = platform.openKeyValueStore as NonNullable<Platform['openKeyValueStore']>
  return opens(path, { memoryBytes, reopen })
}

function valueOf(store: KeyValueStore): number {
  const into = new Uint8Array(1)
  return store.get(key, into) < 0 ? -1 : (into[0] as number)
}

function withoutEnd(): Promise<never> {
  return new Promise(() => {})
}

test('a store begins empty, whatever a killed process has left in the folder', async () => {
  const world = new SimulatedWorld({ seed: 3 })
  const killed = world.startProcess('killed')
  killed.run(async (platform) => {
    const store = await open(platform, '/state/a')
    store.write(put, put.length)
    await withoutEnd()
  })
  await world.run()
  killed.kill()
  expect(world.disk.list('/state/a')).toEqual(['000001.sst', 'LOCK'])
  const found = await inProcess(world, async (platform) => {
    const store = await open(platform, '/state/a')
    const value = valueOf(store)
    store.close()
    return value
  })
  expect(found).toBe(-1)
  expect(world.disk.stat('/state/a')).toBeUndefined()
})

test('a folder that a living process has open is refused', async () => {
  const world = new SimulatedWorld({ seed: 3 })
  world.startProcess('living').run(async (platform) => {
    await open(platform, '/state/a')
    await withoutEnd()
  })
  await world.run()
  const opening = inProcess(world, (platform) => open(platform, '/state/a'))
  await expect(opening).rejects.toMatchObject({ code: 'STATE_STORE_LOCKED' })
})

test('a copy is opened as it was made, or refused where a crash has torn it', async () => {
  const world = new SimulatedWorld({ seed: 3 })
  const values = await inProcess(world, async (platform) => {
    const store = await open(platform, '/state/a')
    store.write(put, put.length)
    store.checkpoint('/state/copy')
    const copy = await open(platform, '/state/copy', true)
    return [valueOf(store), valueOf(copy)]
  })
  expect(values).toEqual([7, 7])
  world.crashMachine()
  world.disk.makeDirectory('/state')
  world.disk.makeDirectory('/state/torn')
  world.disk.append(world.disk.create('/state/torn/000001.sst'), Uint8Array.of(9, 9), 'torn')
  const opening = inProcess(world, (platform) => open(platform, '/state/torn', true))
  await expect(opening).rejects.toMatchObject({ code: 'STATE_STORE_FAILED' })
})

test('a store whose folder is gone, or whose disk is full, takes no write any more', async () => {
  const world = new SimulatedWorld({ seed: 3 })
  const codes = await inProcess(world, async (platform) => {
    const [lost, full] = [await open(platform, '/state/a'), await open(platform, '/state/b')]
    world.disk.remove('/state/a/000001.sst')
    world.disk.full = true
    const codeOf = (store: KeyValueStore): unknown => {
      try {
        store.write(put, put.length)
        return undefined
      } catch (error) {
        return (error as { readonly code?: unknown }).code
      }
    }
    const first = codeOf(full)
    world.disk.full = false
    return [first, codeOf(full), codeOf(lost)]
  })
  expect(codes).toEqual(['STORAGE_FULL', 'STATE_STORE_FAILED', 'STATE_STORE_FAILED'])
})
