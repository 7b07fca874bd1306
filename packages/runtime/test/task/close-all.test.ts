import { expect, test } from 'vitest'
import { closeAll } from '../../src/task/close-all.ts'

test('an error of one leaves none of the others open, and is told in the end', async () => {
  const closed: string[] = []
  const first = new Error('the first')
  const closing = closeAll([
    () => {
      closed.push('a')
    },
    () => {
      throw first
    },
    () => Promise.reject(new Error('the second')),
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      closed.push('b')
    },
    () => {
      closed.push('c')
    },
  ])
  await expect(closing).rejects.toBe(first)
  expect(closed).toEqual(['a', 'c', 'b'])
})
