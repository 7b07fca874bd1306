// Query 12, windows of processing time: how many bids a bidder makes within ten seconds by the
// clock, whatever the times of the bids say.

import { count, type Stream, tumbling } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

export function q12(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ bidder }) => bidder)
    .window(tumbling('10s', { time: 'processing' }))
    .aggregate('q12-bids', count())
    .map(({ key: bidder, window, value: bidCount }) => {
      return { bidder, bidCount, startTime: window.start, endTime: window.end }
    })
}

export default nexmarkJob('q12', q12)
