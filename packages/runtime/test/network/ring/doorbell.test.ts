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

describe('shared doorbell of a platform', () => {
  it('sleeps by way of the platform, counted as a sleeper until it is called', async () => {
    const memory = createDoorbellMemory()
    const bell = new SharedDoorbell(memory)
    const sleepers = () => Atomics.load(new Int32Array(memory), 1)
    const woken = new Promise<void>((resolve) => {
      const sleeper = {
        sleepUntilRung(words: Int32Array, lastSeen: number, call: () => void) {
          expect(sleepers()).toBe(1)
          const wait = Atomics.waitAsync(words as Int32Array<SharedArrayBuffer>, 0, lastSeen)
          expect(wait.async).toBe(true)
          if (wait.async) void wait.value.then(call)
        },
      }
      bell.sleep(bell.current(), sleeper, resolve)
    })
    bell.ring()
    await woken
    expect(sleepers()).toBe(0)
  })
})
