// Query 5, hot items: every two seconds the auctions with the most bids of the last ten seconds.

import { aggregator, count, sliding, type Stream, tumbling } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

interface HotItem {
  readonly auction: number
  readonly num: number
  readonly endTime: number
}

/** The auctions that no other auction has more bids than. */
const hottest = aggregator({
  create: (): readonly HotItem[] => [],
  add(items, item: HotItem) {
    const difference = item.num - (items[0]?.num ?? 0)
    if (difference === 0) return [...items, item]
    return difference > 0 ? [item] : items
  },
  result: (items) => items,
})

export function q5(events: Stream<Event>) {
  return (
    bids(events)
      .keyBy(({ auction }) => auction)
      .window(sliding('10s', { every: '2s' }))
      .aggregate('q5-bids', count())
      .map(({ key: auction, window, value: num }) => ({ auction, num, endTime: window.end }))
      .keyBy(({ endTime }) => endTime)
      // The result of a window has the time of its last millisecond: all of one window meet here.
      .window(tumbling('2s'))
      .aggregate('q5-hottest', hottest)
      .flatMap(({ value }) => value)
  )
}

export default nexmarkJob('q5', q5)
