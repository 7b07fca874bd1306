import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createDoorbellMemory } from '../../../src/network/ring/doorbell.ts'
import { createRingMemory } from '../../../src/network/ring/ring-memory.ts'

interface Outcome {
  readonly sleeps: number
  readonly totalBytes: number
}

function run(side: 'producer' | 'consumer', shared: object): Promise<Outcome> {
  const worker = new Worker(new URL('./stress-worker.ts', import.meta.url), {
    workerData: { side, ...shared },
    execArgv: ['--conditions=sluice-source'],
  })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the ${side} ended with ${code} and no answer`)))
  })
}

describe('ring between two threads', () => {
  for (const [capacityBytes, frames] of [
    [1024, 2000],
    [65_536, 8000],
    [1_048_576, 8000],
  ] as const) {
    it(`carries every byte in order through ${capacityBytes} bytes`, async () => {
      const shared = {
        memory: createRingMemory(capacityBytes),
        data: createDoorbellMemory(),
        space: createDoorbellMemory(),
        frames,
        seed: capacityBytes + 1,
      }
      const [sent, received] = await Promise.all([run('producer', shared), run('consumer', shared)])
      expect(received.totalBytes).toBe(sent.totalBytes)
      expect(sent.totalBytes).toBeGreaterThan(8_000_000)
      expect(sent.sleeps + received.sleeps).toBeGreaterThan(0)
    }, 30_000)
  }
})
