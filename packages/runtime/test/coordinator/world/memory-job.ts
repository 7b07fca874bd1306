// A job module that collects its results in memory, which no worker thread can give back.

import { defineJob, generatorSource, memorySink } from '@sluice/core'

const results = memorySink<number>()

export default defineJob({
  name: 'in-memory',
  parallelism: 1,
  graph: (job) => {
    job
      .from('numbers', generatorSource({ count: 3, generate: (index) => index }))
      .to('out', results)
  },
})
