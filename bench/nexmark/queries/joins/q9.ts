// Query 9, winning bids: of each auction the highest bid that came while it was open, the earliest
// of equal ones. A row for an auction replaces the one before it. Auctions and bids are read as one
// stream, in which an auction and its bids keep their order.

import { type Emit, list, type Stream, value } from 'sluice'
import { type Auction, type Bid, type Event, isPerson } from '../../generator/event.ts'
import { nexmarkJob } from '../../nexmark-job.ts'
import { isBetterBid } from '../better-bid.ts'

export interface WinningBid extends Omit<Auction, 'kind'> {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly bidDateTime: number
  readonly bidExtra: string
}

export function q9(events: Stream<Event>) {
  return winningBids(events, 'q9-winning-bids')
}

/** Query 4 begins with them too, as a step of its own name. */
export function winningBids(events: Stream<Event>, name: string): Stream<WinningBid> {
  return events
    .filter((event): event is Auction | Bid => !isPerson(event))
    .keyBy((event) => (event.kind === 'auction' ? event.id : event.auction))
    .process(name, {
      state: {
        auction: value<Auction>(),
        best: value<Bid>(),
        early: list<Bid>(), // bids that came before their auction
      },

      onRecord(event, { state }, emit: Emit<WinningBid>) {
        if (event.kind === 'auction') state.auction.set(event)
        const auction = state.auction.get()
        if (event.kind === 'bid' && auction === undefined) return state.early.push(event)
        if (auction === undefined) return

        const candidates = event.kind === 'bid' ? [event] : [...state.early]
        let best = state.best.get()
        for (const bid of candidates) {
          const isOpen = bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires
          if (isOpen && (best === undefined || isBetterBid(bid, best))) best = bid
        }
        state.early.clear()
        if (best === undefined || best === state.best.get()) return
        state.best.set(best)
        emit(winningBid(auction, best))
      },
    })
}

function winningBid(auction: Auction, bid: Bid): WinningBid {
  const { kind: _, ...row } = auction
  return {
    ...row,
    auction: bid.auction,
    bidder: bid.bidder,
    price: bid.price,
    bidDateTime: bid.dateTime,
    bidExtra: bid.extra,
  }
}

export default nexmarkJob('q9', q9)
