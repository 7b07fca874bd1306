// Writes generated rows to files, exactly once; parameters rename its steps.

import { defineJob, generatorSource, json } from 'sluice'
import { fileSink } from '@sluice/files'
import { z } from 'zod'

export default defineJob({
  name: 'written',
  params: z.object({
    COUNT: z.coerce.number().int().default(40_000),
    SOURCE: z.string().default('rows'),
    SINK: z.string().default('files'),
    FORMER_SOURCE: z.string().optional(),
    FORMER_SINK: z.string().optional(),
  }),
  checkpoint: { every: '1s' },
  parallelism: 2,

  graph(job, { COUNT, SOURCE, SINK, FORMER_SOURCE, FORMER_SINK }) {
    const rows = generatorSource({
      generate: (id) => ({ id }),
      count: COUNT,
      ratePerSecond: 20_000,
      splits: 3,
    })
    job
      .from(SOURCE, rows, FORMER_SOURCE === undefined ? {} : { renamedFrom: FORMER_SOURCE })
      .to(
        SINK,
        fileSink({ path: './rows', value: json<{ id: number }>() }),
        FORMER_SINK === undefined ? {} : { renamedFrom: FORMER_SINK },
      )
  },
})
