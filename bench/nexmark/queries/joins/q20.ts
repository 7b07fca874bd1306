// Query 20, bids with their auctions: every bid on an auction of category 10 beside that auction.

import { type Emit, list, type Stream, value } from 'sluice'
import type { Auction, Bid, Event } from '../../generator/event.ts'
import { auctions, bids, nexmarkJob } from '../../nexmark-job.ts'

type ExpandedBid = ReturnType<typeof expanded>

export function q20(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ auction }) => auction)
    .connect(auctions(events).keyBy(({ id }) => id))
    .process('q20-bids-with-auctions', {
      state: { auction: value<Auction>(), early: list<Bid>() },

      onLeft(bid, { state }, emit: Emit<ExpandedBid>) {
        const auction = state.auction.get()
        if (auction === undefined) state.early.push(bid)
        else if (auction.category === 10) emit(expanded(bid, auction))
      },

      onRight(auction, { state }, emit: Emit<ExpandedBid>) {
        state.auction.set(auction)
        if (auction.category === 10) for (const bid of state.early) emit(expanded(bid, auction))
        state.early.clear()
      },
    })
}

function expanded(bid: Bid, auction: Auction) {
  return {
    auction: bid.auction,
    bidder: bid.bidder,
    price: bid.price,
    channel: bid.channel,
    url: bid.url,
    bidDateTime: bid.dateTime,
    bidExtra: bid.extra,
    itemName: auction.itemName,
    description: auction.description,
    initialBid: auction.initialBid,
    reserve: auction.reserve,
    auctionDateTime: auction.dateTime,
    expires: auction.expires,
    seller: auction.seller,
    category: auction.category,
    auctionExtra: auction.extra,
  }
}

export default nexmarkJob('q20', q20)
