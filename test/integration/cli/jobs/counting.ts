// Counts generated clicks by user in event-time windows; ends by itself after COUNT records, or
// never.

import { consoleSink, count, defineJob, generatorSource, tumbling } from 'sluice'
import { z } from 'zod'

export default defineJob({
  name: 'counting',
  params: z.object({
    COUNT: z.coerce.number().int().optional(),
    RATE: z.coerce.number().optional(),
    PASSWORD: z.string().default('none'),
  }),
  checkpoint: { every: '1s' },
  parallelism: 2,

  graph(job, { COUNT, RATE }) {
    const clicks = generatorSource({
      generate: (index, random) => ({ user: random.integer(10), at: index * 10 }),
      ...(COUNT === undefined ? {} : { count: COUNT }),
      ...(RATE === undefined ? {} : { ratePerSecond: RATE }),
    })
    const counts = job
      .from('clicks', clicks, { eventTime: (click) => click.at, maxOutOfOrderness: '1s' })
      .filter((click) => click.user < 9)
      .keyBy((click) => click.user)
      .window(tumbling('1h'))
      .aggregate('clicks-per-hour', { clicks: count() })
    counts.to(
      'screen',
      consoleSink({ line: ({ key, window, value }) => `${window.start} ${key} ${value.clicks}` }),
    )
  },
})
