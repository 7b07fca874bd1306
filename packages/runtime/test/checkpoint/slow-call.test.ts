import type { Timers } from '@sluice/core/connector'
import { expect, test } from 'vitest'
import { tellWhileSlow } from '../../src/checkpoint/slow-call.ts'

/** Timers that a test lets fire, and the delays that were asked for. */
function handTimers() {
  const calls = new Set<() => void>()
  const delays: number[] = []
  const timers: Timers = {
    after: (delayMs, call) => {
      delays.push(delayMs)
      calls.add(call)
      return () => calls.delete(call)
    },
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  }
  const fire = (): void => {
    // A call that fires may ask for the next one.
    const due = Array.from(calls)
    calls.clear()
    for (const call of due) call()
  }
  return { timers, delays, fire, waiting: () => calls.size }
}

test('a call that does not answer is told of after 30 s, then more and more rarely', async () => {
  const hand = handTimers()
  const told: number[] = []
  const { promise, resolve } = Promise.withResolvers<string>()
  const work = tellWhileSlow(
    hand.timers,
    (waitedMs) => told.push(waitedMs),
    () => promise,
  )
  for (let times = 0; times < 4; times++) hand.fire()
  expect(told).toEqual([30_000, 60_000, 120_000, 240_000])
  resolve('at last')
  expect(await work).toBe('at last')
  expect(hand.waiting()).toBe(0)
})

test('nothing is told of a call that answers, whatever it answers', async () => {
  const hand = handTimers()
  const failing = (): Promise<never> => Promise.reject(new Error('no'))
  await expect(tellWhileSlow(hand.timers, () => {}, failing)).rejects.toThrow('no')
  expect(hand.waiting()).toBe(0)
})
