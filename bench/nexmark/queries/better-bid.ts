// The order of bids in queries 9 and 19: the higher price first, then the earlier time. Bids that
// are still equal are told apart by bidder and text, so that the result never depends on the order
// in which they came.

import type { Bid } from '../generator/event.ts'

export function isBetterBid(bid: Bid, than: Bid): boolean {
  if (bid.price !== than.price) return bid.price > than.price
  if (bid.dateTime !== than.dateTime) return bid.dateTime < than.dateTime
  if (bid.bidder !== than.bidder) return bid.bidder < than.bidder
  return bid.extra < than.extra
}
