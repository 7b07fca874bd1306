// Sessions of clicks: a visit ends when a user has clicked nothing for half an hour. What came too
// late for its visit is shown as well.

import { consoleSink, count, countDistinct, defineJob, generatorSource, session } from 'sluice'

interface Click {
  readonly user: string
  readonly page: string
  readonly at: number
}

const start = Date.UTC(2026, 0, 1)
const minute = 60_000

/** Visits of twenty clicks, one every ten minutes; each of four users comes back after forty. */
const clicks = generatorSource({
  count: 400,
  generate: (index, random): Click => {
    const visit = Math.floor(index / 20)
    const late = index % 97 === 96 ? 90 * minute : 0
    return {
      user: `user-${visit % 4}`,
      page: random.pick(['/', '/search', '/product', '/cart', '/help']),
      at: start + visit * 10 * minute + (index % 20) * 15_000 + random.integer(10_000) - late,
    }
  },
})

export default defineJob({
  name: 'click-sessions',
  graph(job) {
    const visits = job
      .from('clicks', clicks, { eventTime: (click) => click.at, maxOutOfOrderness: '10s' })
      .keyBy((click) => click.user)
      .window(session('30m'))
      .aggregate('visits', { clicks: count(), pages: countDistinct((click) => click.page) })

    visits
      .map(({ key, window, value }) => ({
        user: key,
        began: new Date(window.start).toISOString(),
        // A window ends when the gap is over: the last click was that much earlier.
        minutes: Math.round((window.end - window.start) / minute - 30),
        ...value,
      }))
      .to('screen', consoleSink())

    visits.late
      .map((click) => `too late: ${click.user} at ${new Date(click.at).toISOString()}`)
      .to('late', consoleSink())
  },
})
