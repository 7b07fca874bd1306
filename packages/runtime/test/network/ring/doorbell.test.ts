import { describe, expect, it } from 'vitest'
import {
  createDoorbellMemory,
  type Doorbell,
  LocalDoorbell,
  SharedDoorbell,
} from '../../../src/network/ring/doorbell.ts'

const bells: [string, () => Doorbell][] = [
  ['local', () => new LocalDoorbell()],
  ['shared', () => new SharedDoorbell(createDoorbellMemory())],
]

async function isPending(promise: Promise<void>): Promise<boolean> {
  const turn = new Promise<'pending'>((resolve) => setImmediate(() => resolve('pending')))
  return (await Promise.race([promise, turn])) === 'pending'
}

describe.each(bells)('%s doorbell', (_, create) => {
  it('wakes a sleeper when it is rung', async () => {
    const bell = create()
    const sleep = bell.waitAsync(bell.current())
    expect(await isPending(sleep)).toBe(true)
    bell.ring()
    await sleep
  })

  it('does not let anybody sleep who missed a ring', async () => {
    const bell = create()
    const seen = bell.current()
    bell.ring()
    await bell.waitAsync(seen)
    expect(await isPending(bell.waitAsync(bell.current()))).toBe(true)
    bell.ring()
  })

  it('wakes all sleepers, and is ready for the next sleep', async () => {
    const bell = create()
    for (let round = 0; round < 5; round++) {
      const sleeps = [bell.waitAsync(bell.current()), bell.waitAsync(bell.current())]
      bell.ring()
      bell.ring()
      await Promise.all(sleeps)
    }
  })
})
