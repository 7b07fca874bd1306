import { afterEach, describe, expect, it } from 'vitest'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import type { WorkerExit, WorkerThread } from '../../../src/platform/platform.ts'

const workerEntry = new URL('./fixtures/worker.ts', import.meta.url)
const platform = createNodePlatform({ workerEntry, logLevel: 'silent' })
const started: WorkerThread[] = []

function start(task: string, more: object = {}, memoryLimitBytes?: number): WorkerThread {
  const limit = memoryLimitBytes === undefined ? {} : { memoryLimitBytes }
  const worker = platform.startWorker({
    index: started.length,
    name: task,
    data: { task, ...more },
    ...limit,
  })
  started.push(worker)
  return worker
}

function exitOf(worker: WorkerThread): Promise<WorkerExit> {
  return new Promise((resolve) => worker.onExit(resolve))
}

function messagesOf(worker: WorkerThread, count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const messages: unknown[] = []
    worker.port.onMessage((message) => {
      if (messages.push(message) === count) resolve(messages)
    })
  })
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.terminate()))
})

describe('A worker thread', () => {
  it('answers over its port in order, also with shared memory', async () => {
    const worker = start('echo')
    const shared = new Int32Array(new SharedArrayBuffer(4))
    worker.port.post({ number: 1 })
    worker.port.post(shared)
    const [first, second] = await messagesOf(worker, 2)
    expect(first).toEqual({ number: 1 })
    Atomics.store(shared, 0, 7)
    expect(second).toEqual(Int32Array.of(7))
  })

  it('moves the buffers that are handed over', async () => {
    const worker = start('echo')
    const bytes = Uint8Array.of(1, 2, 3)
    worker.port.post(bytes, [bytes.buffer])
    expect(bytes.length).toBe(0)
    expect(await messagesOf(worker, 1)).toEqual([Uint8Array.of(1, 2, 3)])
  })

  it('keeps messages that come before somebody listens, beyond its own end', async () => {
    const worker = start('speak-and-end')
    expect(await exitOf(worker)).toEqual({ kind: 'ended' })
    expect(await messagesOf(worker, 2)).toEqual(['first', 'second'])
  })

  it('reports the error that killed it', async () => {
    const exit = await exitOf(start('throw'))
    expect(exit.kind).toBe('died')
    expect(exit.error).toMatchObject({ message: 'out of luck' })
  })

  it('reports an exit code as a death', async () => {
    const exit = await exitOf(start('exit'))
    expect(exit.kind).toBe('died')
    expect(String(exit.error)).toContain('exit code 3')
  })

  it('reports its memory limit', async () => {
    const exit = await exitOf(start('exhaust-memory', {}, 24 * 2 ** 20))
    expect(exit.kind).toBe('out-of-memory')
  })

  it('ends when it is terminated, and says so to a listener that comes later', async () => {
    const worker = start('wait-for-message')
    await worker.terminate()
    expect(await exitOf(worker)).toEqual({ kind: 'ended' })
  })

  it('wakes when the doorbell is rung from another thread', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    const worker = start('sleep-on-doorbell', { words })
    const heard: unknown[] = []
    await new Promise<void>((resolve) => {
      worker.port.onMessage((message) => {
        heard.push(message)
        if (message !== 'asleep') return resolve()
        // A notification without a change is none.
        Atomics.notify(words, 0)
        Atomics.store(words, 0, 5)
        Atomics.notify(words, 0)
      })
    })
    expect(heard).toEqual(['asleep', 5])
  })

  it('has an I/O thread of its own', async () => {
    const worker = start('offload')
    expect(await messagesOf(worker, 3)).toEqual([1, 2, 3])
    expect(await exitOf(worker)).toEqual({ kind: 'ended' })
  })
})

describe('The doorbell', () => {
  it('calls back at once, but not synchronously, when it was rung before the sleep', async () => {
    const words = Int32Array.from(new Int32Array(new SharedArrayBuffer(8)))
    const shared = new Int32Array(new SharedArrayBuffer(8))
    shared.set(words)
    shared[0] = 3
    let called = false
    const woken = new Promise<void>((resolve) => {
      platform.sleepUntilRung(shared, 2, () => {
        called = true
        resolve()
      })
    })
    expect(called).toBe(false)
    await woken
  })
})
