// Query 20, bids with their auctions: every bid on an auction of category 10 beside that auction.

import { type Emit, list, type Stream, value } from 'sluice'
import { type Auction, type Bid, type Event, isPerson } from '../../generator/event.ts'
import { nexmarkJob } from '../../nexmark-job.ts'

export function q20(events: Stream<Event>) {
  return events
    .filter((event): event is Auction | Bid => !isPerson(event))
    .keyBy((event) => (event.kind === 'auction' ? event.id : event.auction))
    .process('q20-bids-with-auctions', {
      state: { auction: value<Auction>(), early: list<Bid>() },

      onRecord(event, { state }, emit: Emit<ReturnType<typeof expanded>>) {
        if (event.kind === 'auction') state.auction.set(event)
        const auction = state.auction.get()
        if (event.kind === 'bid') {
          if (auction === undefined) state.early.push(event)
          else if (auction.category === 10) emit(expanded(event, auction))
        } else {
          if (event.category === 10) for (const bid of state.early) emit(expanded(bid, event))
          state.early.clear()
        }
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
