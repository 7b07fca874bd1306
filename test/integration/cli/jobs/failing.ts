// Prints where it should not and fails at record 5, for tests of how that is told.

import { consoleSink, defineJob, memorySource } from 'sluice'

function checked(n: number): number {
  if (n === 5) throw new Error('five is too much')
  return n
}

export default defineJob({
  name: 'failing',
  parallelism: 1,
  restart: { strategy: 'none' },
  graph(job) {
    console.log('building')
    job
      .from('numbers', memorySource([1, 2, 3, 4, 5, 6]))
      .map((n) => checked(n))
      .to('screen', consoleSink())
  },
})
