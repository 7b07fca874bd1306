import { expect, test } from 'vitest'
import { AsyncQueue, type AsyncEntry } from '../../src/async/async-queue.ts'

test('the last watermark leaves before the end of time, and none that a newer one replaced', () => {
  const passed: number[] = []
  const pass = (watermark: number): void => {
    passed.push(watermark)
  }
  const queue = new AsyncQueue<AsyncEntry>(
    true,
    () => {},
    () => false,
  )
  const entry = queue.add((segment) => ({
    value: 'a',
    timestamp: 1,
    segment,
    place: 0,
    isDone: false,
    result: undefined,
  }))
  for (const watermark of [10, 20, Infinity]) expect(queue.holdsBack(watermark, pass)).toBe(true)
  expect(queue.done(entry, 'A')).toBe(true)
  expect(passed).toEqual([20, Infinity])
  expect(queue.holdsBack(Infinity, pass)).toBe(false)
})
