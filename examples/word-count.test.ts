import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { testJob } from 'sluice/test'
import job from './word-count.ts'

test('each word is counted once, even when a worker dies', async () => {
  const run = await testJob(job, {
    sources: { lines: ['To be, or not to be', 'that is the question', 'to be'] },
    crashAfter: 2,
  })
  const counts = new Map(
    run.sink('words').map((row) => {
      const { word, count } = row as { word: string; count: number }
      return [word, count]
    }),
  )
  deepEqual(
    ['to', 'be', 'or', 'question'].map((word) => counts.get(word)),
    [3, 3, 1, 1],
  )
  equal(run.restarts, 1)
})
