// Query 17, auction statistics: of each auction and day the number of bids, in all and by rank of
// price, and their prices. A row for an auction and day replaces the one before it.

import { type Emit, type Stream, value } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { dayOf } from '../day-and-minute.ts'
import { rankOf } from '../rank.ts'

interface AuctionStatistics {
  readonly totalBids: number
  readonly rank1Bids: number
  readonly rank2Bids: number
  readonly rank3Bids: number
  readonly minPrice: number
  readonly maxPrice: number
  readonly avgPrice: number
  readonly sumPrice: number
}

type Row = AuctionStatistics & { readonly auction: number; readonly day: string }

export function q17(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ auction, dateTime }) => [auction, dayOf(dateTime)])
    .process('q17-statistics', {
      state: { statistics: value<AuctionStatistics>() },
      onRecord({ price }, { state, key: [auction, day] }, emit: Emit<Row>) {
        const statistics = withBid(state.statistics.get() ?? nothing, price)
        state.statistics.set(statistics)
        emit({ auction, day, ...statistics })
      },
    })
}

const nothing: AuctionStatistics = {
  totalBids: 0,
  rank1Bids: 0,
  rank2Bids: 0,
  rank3Bids: 0,
  minPrice: Number.POSITIVE_INFINITY,
  maxPrice: 0,
  avgPrice: 0,
  sumPrice: 0,
}

function withBid(before: AuctionStatistics, price: number): AuctionStatistics {
  const rank = rankOf(price)
  const totalBids = before.totalBids + 1
  const sumPrice = before.sumPrice + price
  return {
    totalBids,
    rank1Bids: before.rank1Bids + (rank === 1 ? 1 : 0),
    rank2Bids: before.rank2Bids + (rank === 2 ? 1 : 0),
    rank3Bids: before.rank3Bids + (rank === 3 ? 1 : 0),
    minPrice: Math.min(before.minPrice, price),
    maxPrice: Math.max(before.maxPrice, price),
    avgPrice: Math.floor(sumPrice / totalBids),
    sumPrice,
  }
}

export default nexmarkJob('q17', q17)
