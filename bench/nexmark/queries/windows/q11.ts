// Query 11, user sessions: how many bids a bidder makes until ten seconds pass without one.

import { count, session, type Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

export function q11(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ bidder }) => bidder)
    .window(session('10s'))
    .aggregate('q11-sessions', count())
    .map(({ key: bidder, window, value: bidCount }) => {
      return { bidder, bidCount, startTime: window.start, endTime: window.end }
    })
}

export default nexmarkJob('q11', q11)
