import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MapAsyncOperator } from '../../src/async/map-async-operator.ts'
import { type MapAsyncOptions, mapAsyncSettings } from '../../src/async/map-async-options.ts'
import { FakeHost } from '../operator/fake-host.ts'

/** Calls that end when the test says so. */
class Calls {
  readonly made: unknown[] = []
  readonly signals: AbortSignal[] = []
  readonly #open = new Map<unknown, { resolve: () => void; reject: (error: Error) => void }>()

  call = (value: unknown, signal: AbortSignal): Promise<unknown> => {
    this.made.push(value)
    this.signals.push(signal)
    return new Promise((resolve, reject) => {
      this.#open.set(value, { resolve: () => resolve(`done ${String(value)}`), reject })
    })
  }

  answer(value: unknown): void {
    this.#open.get(value)?.resolve()
  }

  async end(host: FakeHost, ...values: unknown[]): Promise<void> {
    for (const value of values) this.answer(value)
    await host.settle()
  }

  async fail(host: FakeHost, value: unknown): Promise<void> {
    this.#open.get(value)?.reject(new Error(`no ${String(value)}`))
    await host.settle()
  }
}

function opened(options: MapAsyncOptions = {}) {
  const calls = new Calls()
  const operator = new MapAsyncOperator(calls.call, mapAsyncSettings(options, 'geo'))
  const host = new FakeHost(operator)
  operator.open(host)
  return { calls, operator, host }
}

const values = (host: FakeHost) => host.emitted.map(({ value }) => value)

describe('mapAsync', () => {
  test('keeps the order of the records and their times', async () => {
    const { calls, host } = opened()
    for (const record of [1, 2, 3]) host.record(record, record * 10)
    await calls.end(host, 3, 2)
    expect(host.emitted).toEqual([])
    await calls.end(host, 1)
    expect(values(host)).toEqual(['done 1', 'done 2', 'done 3'])
    expect(host.emitted.map(({ timestamp }) => timestamp)).toEqual([10, 20, 30])
  })

  test('unordered, lets results go as they come, but never past a watermark', async () => {
    const { calls, host } = opened({ ordered: false })
    host.record(1, 0)
    host.record(2, 0)
    host.watermark(100)
    host.record(3, 100)
    host.watermark(200)
    await calls.end(host, 2)
    expect(values(host)).toEqual(['done 2'])
    await calls.end(host, 3)
    expect(values(host)).toEqual(['done 2'])
    expect(host.passedWatermarks).toEqual([])
    await calls.end(host, 1)
    expect(values(host)).toEqual(['done 2', 'done 1', 'done 3'])
    expect(host.passedWatermarks).toEqual([100, 200])
  })

  test('passes a watermark at once with nothing in flight, and the newest of several', async () => {
    const { calls, host } = opened()
    host.watermark(1)
    expect(host.passedWatermarks).toEqual([1])
    host.record(1, 2)
    host.watermark(3)
    host.watermark(4)
    await calls.end(host, 1)
    expect(host.passedWatermarks).toEqual([1, 4])
  })

  test('takes no more than it may have in flight, and goes on when one has left', async () => {
    const { calls, host, operator } = opened({ concurrency: 2 })
    host.record(1, 0)
    expect(operator.blocked()).toBe(false)
    host.record(2, 0)
    expect(operator.blocked()).toBe(true)
    host.record(3, 0)
    expect(calls.made).toEqual([1, 2])
    await calls.end(host, 2)
    expect(calls.made).toEqual([1, 2])
    await calls.end(host, 1)
    expect(calls.made).toEqual([1, 2, 3])
    expect(operator.blocked()).toBe(false)
  })

  test('has its inputs in flight as state and calls them again, before new ones', async () => {
    const { calls, host, operator } = opened({ concurrency: 3 })
    for (const record of [1, 2, 3, 4]) host.record(record, record)
    host.watermark(4)
    await calls.end(host, 2)
    const elements = operator.snapshot()
    expect(elements).toEqual([1, 2, 3, 4].map((record) => [record, record]))

    const again = new Calls()
    const restored = new MapAsyncOperator(again.call, mapAsyncSettings({ concurrency: 2 }, 'geo'))
    const next = new FakeHost(restored)
    restored.restore(elements)
    restored.open(next)
    next.record(5, 5)
    await again.end(next, 1, 2)
    await again.end(next, 3, 4)
    await again.end(next, 5)
    expect(again.made).toEqual([1, 2, 3, 4, 5])
    expect(values(next)).toEqual([1, 2, 3, 4, 5].map((record) => `done ${record}`))
  })

  test('says when all that was in flight has left', async () => {
    const { calls, host, operator } = opened()
    expect(operator.onEndOfInput()).toBeUndefined()
    host.record(1, 0)
    let hasEnded = false
    void operator.onEndOfInput()?.then(() => {
      hasEnded = true
    })
    await host.settle()
    expect(hasEnded).toBe(false)
    await calls.end(host, 1)
    await host.settle()
    expect(hasEnded).toBe(true)
  })

  test('fails with step and record when a call fails', async () => {
    const { calls, host } = opened()
    host.record(1, 0)
    await expect(calls.fail(host, 1)).rejects.toMatchObject({
      code: 'USER_FUNCTION_FAILED',
      where: { step: 'step' },
      message: 'The mapAsync call for the record 1 failed: Error: no 1',
    })
  })

  test('fails with a hint when a call does not answer, and aborts its signal', () => {
    const { calls, host } = opened({ timeout: '5s' })
    host.record(1, 0)
    host.clock(4_999)
    expect(calls.signals[0]).toMatchObject({ aborted: false })
    expect(() => host.clock(5_000)).toThrow(
      expect.objectContaining({ code: 'ASYNC_TIMEOUT', hint: expect.any(String) }),
    )
    expect(calls.signals[0]).toMatchObject({ aborted: true })
  })

  test('tries again after a growing delay, and ignores answers to calls given up', async () => {
    const { calls, host } = opened({ timeout: '5s', retries: { attempts: 2, delay: '1s' } })
    host.record(1, 0)
    host.clock(5_000)
    await calls.end(host, 1)
    expect(values(host)).toEqual([])
    host.clock(6_000)
    expect(calls.made).toEqual([1, 1])
    await calls.fail(host, 1)
    host.clock(7_999)
    expect(calls.made).toEqual([1, 1])
    host.clock(8_000)
    await calls.end(host, 1)
    expect(values(host)).toEqual(['done 1'])
    expect(host.callsDelayed).toBe(0)
  })

  test('results that wait for room do not run into the timeout', async () => {
    const { calls, host } = opened({ timeout: '5s', concurrency: 5 })
    for (const record of [1, 2, 3, 4]) host.record(record, record)
    host.room = 1
    for (const record of [2, 3, 4, 1]) calls.answer(record)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    host.runMailbox()
    expect(values(host)).toEqual(['done 1'])
    host.clock(10_000)
    await host.settle()
    expect(values(host)).toEqual([1, 2, 3, 4].map((record) => `done ${record}`))
  })

  test('a call that throws at once fails like one that rejects', async () => {
    const operator = new MapAsyncOperator(
      () => {
        throw new TypeError('at once')
      },
      mapAsyncSettings({}, 'geo'),
    )
    const host = new FakeHost(operator)
    operator.open(host)
    host.record(1, 0)
    await expect(host.settle()).rejects.toMatchObject({ code: 'USER_FUNCTION_FAILED' })
  })

  test('aborts what is in flight when it is closed, and says nothing any more', async () => {
    const { calls, host, operator } = opened()
    host.record(1, 0)
    operator.close()
    expect(calls.signals[0]).toMatchObject({ aborted: true })
    await calls.end(host, 1)
    expect(host.emitted).toEqual([])
    expect(host.callsDelayed).toBe(0)
  })
})

test('whatever ends when: order is kept, nothing is lost, no watermark overtakes', async () => {
  const step = fc.oneof(fc.constant('record'), fc.constant('watermark'), fc.nat({ max: 20 }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, ordered, concurrency, room) => {
        const { calls, host, operator } = opened({ ordered, concurrency })
        host.room = room
        let time = 0
        for (const each of steps) {
          time++
          if (each === 'record') host.record(time, time)
          else if (each === 'watermark') host.watermark(time)
          else await calls.end(host, calls.made[each % Math.max(1, calls.made.length)])
          const seen = host.passedWatermarks.at(-1) ?? 0
          const left = new Set(host.emitted.map(({ timestamp }) => timestamp))
          const waiting = operator.snapshot().map((element) => (element as [number])[0])
          expect(waiting.every((timestamp) => timestamp > seen && !left.has(timestamp))).toBe(true)
        }
        while (operator.snapshot().length > 0) await calls.end(host, ...calls.made)
        const times = host.emitted.map(({ timestamp }) => timestamp)
        const records = steps.flatMap((each, index) => (each === 'record' ? [index + 1] : []))
        expect([...times].sort((a, b) => a - b)).toEqual(records)
        if (ordered) expect(times).toEqual(records)
      },
    ),
    { numRuns: 200 },
  )
})
