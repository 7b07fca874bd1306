import { expect, test } from 'vitest'
import { WorkerSet } from '../../src/coordinator/workers/worker-set.ts'
import type { Platform, WorkerExit } from '../../src/platform/platform.ts'
import type { FromWorker, ToWorker, WorkerStart } from '../../src/worker/messages.ts'
import { instantPlatform } from '../checkpoint/instant-platform.ts'

class Thread {
  readonly posted: ToWorker[] = []
  terminated = false
  says: (message: FromWorker) => void = () => {}
  ends: (exit: WorkerExit) => void = () => {}
}

function workers(count: number) {
  const threads: Thread[] = []
  const heard: string[] = []
  const logged: unknown[] = []
  const platform = {
    ...instantPlatform(),
    log: { warn: (...line: unknown[]) => logged.push(line) },
    startWorker: () => {
      const thread = new Thread()
      threads.push(thread)
      return {
        port: {
          post: (message: unknown) => thread.posted.push(message as ToWorker),
          onMessage: (listener: (message: unknown) => void) => {
            thread.says = listener
          },
          close: () => {},
        },
        onExit: (listener: (exit: WorkerExit) => void) => {
          thread.ends = listener
        },
        terminate: async () => {
          thread.terminated = true
        },
      }
    },
  } as unknown as Platform
  const set = new WorkerSet(platform, {
    message: (worker, { type }) => heard.push(`${worker} ${type}`),
    died: (worker, { code }) => heard.push(`${worker} ${code}`),
  })
  const starts = Array.from({ length: count }, (_, index) => ({ index }) as WorkerStart)
  set.start(starts, 'job', 256 * 2 ** 20)
  return { set, threads, heard, logged }
}

test('a worker that ends unasked is a failure that says why', () => {
  const { threads, heard } = workers(2)
  threads[0]?.ends({ kind: 'died', error: new Error('signal 11') })
  threads[1]?.ends({ kind: 'out-of-memory' })
  expect(heard).toEqual(['0 WORKER_DIED', '1 WORKER_OUT_OF_MEMORY'])
})

test('closing waits for all of them, and then ends their threads', async () => {
  const { set, threads, heard } = workers(2)
  const closed = set.close()
  for (const thread of threads) thread.says({ type: 'closed' })
  threads[0]?.ends({ kind: 'ended' })
  await closed
  expect(threads.map(({ posted }) => posted.map(({ type }) => type))).toEqual([
    ['close'],
    ['close'],
  ])
  expect(threads.every(({ terminated }) => terminated)).toBe(true)
  expect(heard).toEqual([])
})

test('a worker that never closes is ended after a while', async () => {
  const { set, threads } = workers(1)
  await set.close()
  expect(threads[0]?.terminated).toBe(true)
})

test('after the end nobody hears of a worker any more', async () => {
  const { set, threads, heard } = workers(1)
  await set.terminate()
  threads[0]?.says({ type: 'ready', planHash: '' })
  threads[0]?.ends({ kind: 'died' })
  expect(heard).toEqual([])
})

test('what a worker logs goes to the log of the run, also while it is ended', async () => {
  const { set, threads, heard, logged } = workers(1)
  const line = { type: 'log', level: 'warn', message: 'slow', fields: { step: 'a' } } as const
  threads[0]?.says(line)
  await set.terminate()
  threads[0]?.says({ ...line, message: 'slower' })
  expect(logged).toEqual([
    ['slow', { step: 'a' }],
    ['slower', { step: 'a' }],
  ])
  expect(heard).toEqual([])
})
