// Each event once, although whoever sends them tries again when an answer is lost. Of each id the
// first event counts, for ten minutes of event time; those that came again are counted per sender.

import { consoleSink, defineJob, generatorSource, sum, tumbling } from 'sluice'

interface Event {
  readonly id: string
  readonly sender: string
  readonly at: number
}

const start = Date.UTC(2026, 0, 1)

/** Every third event is one of the two before it, sent again. */
const events = generatorSource({
  count: 20_000,
  generate: (index, random): Event => {
    const number = index % 3 === 2 ? index - 1 - random.integer(2) : index
    return { id: `event-${number}`, sender: `sender-${number % 4}`, at: start + index * 1000 }
  },
})

export default defineJob({
  name: 'unique-events',
  graph(job) {
    const received = job.from('events', events, { eventTime: (event) => event.at })

    const unique = received
      .keyBy((event) => event.id)
      .deduplicate('once', { ttl: '10m', clock: 'event' })

    received
      .map(({ sender }) => ({ sender, received: 1, unique: 0 }))
      .union(unique.map(({ sender }) => ({ sender, received: 0, unique: 1 })))
      .keyBy(({ sender }) => sender)
      .window(tumbling('1h'))
      .aggregate('per-sender', { received: sum((n) => n.received), unique: sum((n) => n.unique) })
      .map(({ key, window, value }) => ({
        sender: key,
        hour: new Date(window.start).toISOString().slice(0, 13),
        unique: value.unique,
        again: value.received - value.unique,
      }))
      .to('screen', consoleSink())
  },
})
