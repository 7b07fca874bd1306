// Query 8, new users: who registered and opened an auction within the same ten seconds.

import { aggregator, type Stream, tumbling } from 'sluice'
import { type Auction, type Event, isBid, type Person } from '../../generator/event.ts'
import { nexmarkJob } from '../../nexmark-job.ts'

interface Newcomer {
  /** Null: did not register in this window. */
  readonly name: string | null
  readonly hasSold: boolean
}

const newcomer = aggregator({
  create: (): Newcomer => ({ name: null, hasSold: false }),
  add({ name, hasSold }, event: Person | Auction): Newcomer {
    return event.kind === 'person' ? { name: event.name, hasSold } : { name, hasSold: true }
  },
  result: (newcomer) => newcomer,
})

export function q8(events: Stream<Event>) {
  return events
    .filter((event): event is Person | Auction => !isBid(event))
    .keyBy((event) => (event.kind === 'person' ? event.id : event.seller))
    .window(tumbling('10s'))
    .aggregate('q8-newcomers', newcomer)
    .flatMap(({ key: id, window, value: { name, hasSold } }) => {
      return name !== null && hasSold ? [{ id, name, startTime: window.start }] : []
    })
}

export default nexmarkJob('q8', q8)
