// What queries 15 and 16 count of bids: how many there are, and from how many different bidders on
// how many different auctions, in all and by rank of price.

import { map, type StateOf, value } from 'sluice'
import type { Bid } from '../../generator/event.ts'
import { rankOf } from '../rank.ts'

const nothing = {
  totalBids: 0,
  rank1Bids: 0,
  rank2Bids: 0,
  rank3Bids: 0,
  totalBidders: 0,
  rank1Bidders: 0,
  rank2Bidders: 0,
  rank3Bidders: 0,
  totalAuctions: 0,
  rank1Auctions: 0,
  rank2Auctions: 0,
  rank3Auctions: 0,
}

export type BidStatistics = typeof nothing

/** In the maps stand the ranks in which a bidder or an auction was seen, a bit for each. */
export const bidStatisticsState = {
  statistics: value<BidStatistics>(),
  bidders: map<number, number>(),
  auctions: map<number, number>(),
}

/** Takes a bid into the state; returns the new statistics. */
export function countBid(state: StateOf<typeof bidStatisticsState>, bid: Bid): BidStatistics {
  const rank = rankOf(bid.price)
  const bit = 1 << rank
  const bidderRanks = state.bidders.get(bid.bidder) ?? 0
  const auctionRanks = state.auctions.get(bid.auction) ?? 0
  const statistics = { ...(state.statistics.get() ?? nothing) }
  statistics.totalBids++
  statistics[`rank${rank}Bids`]++
  if (bidderRanks === 0) statistics.totalBidders++
  if ((bidderRanks & bit) === 0) statistics[`rank${rank}Bidders`]++
  if (auctionRanks === 0) statistics.totalAuctions++
  if ((auctionRanks & bit) === 0) statistics[`rank${rank}Auctions`]++
  state.bidders.set(bid.bidder, bidderRanks | bit)
  state.auctions.set(bid.auction, auctionRanks | bit)
  state.statistics.set(statistics)
  return statistics
}
