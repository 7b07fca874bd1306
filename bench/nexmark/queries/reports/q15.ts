// Query 15, bidding statistics: of each day the number of bids, of different bidders and of
// different auctions, in all and by rank of price. A row for a day replaces the one before it.

import type { Emit, Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { dayOf } from '../day-and-minute.ts'
import { type BidStatistics, bidStatisticsState, countBid } from './bid-statistics.ts'

export function q15(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ dateTime }) => dayOf(dateTime))
    .process('q15-statistics', {
      state: bidStatisticsState,
      onRecord(bid, { state, key: day }, emit: Emit<BidStatistics & { day: string }>) {
        emit({ day, ...countBid(state, bid) })
      },
    })
}

export default nexmarkJob('q15', q15)
