// How often each page is clicked, in windows of five minutes of event time.

import { consoleSink, count, defineJob, generatorSource, tumbling } from 'sluice'

const clicks = generatorSource({
  count: 100_000,
  generate: (i) => ({ page: i % 3 === 0 ? '/cart' : '/home', at: i * 10 }),
})

export default defineJob({
  name: 'clicks-per-page',
  parallelism: 1,
  graph(job) {
    job
      .from('clicks', clicks, { eventTime: (click) => click.at })
      .keyBy((click) => click.page)
      .window(tumbling('5m'))
      .aggregate('per-page', { clicks: count() })
      .map(({ key, window, value }) => `${window.start / 60_000} min  ${key}  ${value.clicks}`)
      .to('screen', consoleSink())
  },
})
