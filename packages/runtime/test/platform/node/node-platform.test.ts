import { describe, expect, it, vi } from 'vitest'
import { createLogger, type LogLine } from '../../../src/platform/node/line-logger.ts'
import { createNodePlatform } from '../../../src/platform/node/node-platform.ts'
import { onStopSignal } from '../../../src/platform/node/process-signals.ts'

const platform = createNodePlatform({ logLevel: 'silent' })

describe("Node's timers", () => {
  it('wait for delays that are longer than a timer of Node holds', () => {
    vi.useFakeTimers()
    try {
      const days = 86_400_000
      let fired = 0
      platform.timers.after(60 * days, () => fired++)
      const cancel = platform.timers.after(60 * days, () => fired++)
      vi.advanceTimersByTime(59 * days)
      expect(fired).toBe(0)
      cancel()
      vi.advanceTimersByTime(2 * days)
      expect(fired).toBe(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('can be cancelled', async () => {
    let fired = false
    platform.timers.after(1, () => (fired = true))()
    await platform.timers.sleep(5)
    expect(fired).toBe(false)
  })

  it('call back later, after what is running and its promises', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      platform.later(() => {
        order.push('later')
        resolve()
      })
      void Promise.resolve().then(() => order.push('promise'))
      order.push('now')
    })
    expect(order).toEqual(['now', 'promise', 'later'])
  })
})

describe("Node's randomness", () => {
  it('draws whole numbers, fractions and names of the promised form', () => {
    const drawn = new Set<number>()
    for (let count = 0; count < 5000; count++) {
      const number = platform.random.uint32()
      drawn.add(number)
      expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true)
      const fraction = platform.random.fraction()
      expect(fraction >= 0 && fraction < 1).toBe(true)
    }
    expect(drawn.size).toBeGreaterThan(4900)
    expect(platform.random.hex(16)).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe("Node's memory", () => {
  it('counts buffers outside the heap', () => {
    const before = platform.memoryUsedBytes()
    const buffer = new Uint8Array(64 * 2 ** 20)
    expect(platform.memoryUsedBytes() - before).toBeGreaterThan(32 * 2 ** 20)
    expect(buffer.length).toBe(64 * 2 ** 20)
  })
})

describe('A logger', () => {
  it('drops lines below its level and takes errors apart', () => {
    const lines: LogLine[] = []
    const log = createLogger('warn', (line) => lines.push(line))
    log.info('unheard')
    log.error('heard', { attempt: 2, error: new RangeError('no', { cause: new Error('why') }) })
    expect(lines).toMatchObject([
      {
        level: 'error',
        message: 'heard',
        fields: {
          attempt: 2,
          error: { name: 'RangeError', message: 'no', cause: { message: 'why' } },
        },
      },
    ])
  })
})

describe('A listener of stop signals', () => {
  it('hears a signal until it is taken away', async () => {
    const heard: string[] = []
    const keepAlive = () => {}
    process.on('SIGTERM', keepAlive)
    try {
      const stop = onStopSignal((signal) => heard.push(signal))
      process.kill(process.pid, 'SIGTERM')
      while (heard.length === 0) await platform.timers.sleep(1)
      stop()
      process.kill(process.pid, 'SIGTERM')
      await platform.timers.sleep(5)
      expect(heard).toEqual(['SIGTERM'])
    } finally {
      process.off('SIGTERM', keepAlive)
    }
  })
})
