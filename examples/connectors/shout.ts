// A job over the two connectors of this folder: reads lines, writes them in capitals.
//
//   npx sluice run examples/connectors/shout.ts --param IN=./in --param OUT=./out

import { defineJob } from 'sluice'
import { z } from 'zod'
import { lineSink } from './line-sink.ts'
import { lineSource } from './line-source.ts'

export default defineJob({
  name: 'shout',
  params: z.object({ IN: z.string(), OUT: z.string() }),
  checkpoint: { every: '1s' },

  graph(job, params) {
    job
      .from('lines', lineSource(params.IN))
      .map((line) => line.toUpperCase())
      .to('shouted', lineSink(params.OUT))
  },
})
