// Query 7, highest bids: of every ten seconds the bids with the highest price. First per auction,
// so that what is left for one place to compare is little.

import { aggregator, type Stream, tumbling } from 'sluice'
import type { Bid, Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

/** The bids that no other bid is higher than. */
const highest = aggregator({
  create: (): readonly Bid[] => [],
  add: (best, bid: Bid) => higher(best, [bid]),
  merge: higher,
  result: (best) => best,
})

export function q7(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ auction }) => auction)
    .window(tumbling('10s'))
    .aggregate('q7-highest-per-auction', highest)
    .flatMap(({ value }) => value)
    .keyBy(({ dateTime }) => dateTime - (dateTime % 10_000))
    .window(tumbling('10s'))
    .aggregate('q7-highest', highest)
    .flatMap(({ value }) => value)
    .map(({ auction, bidder, price, dateTime, extra }) => {
      return { auction, bidder, price, dateTime, extra }
    })
}

function higher(left: readonly Bid[], right: readonly Bid[]): readonly Bid[] {
  const difference = (left[0]?.price ?? 0) - (right[0]?.price ?? 0)
  if (difference === 0) return [...left, ...right]
  return difference > 0 ? left : right
}

export default nexmarkJob('q7', q7)
