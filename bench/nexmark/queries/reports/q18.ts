// Query 18, last bids: of each bidder and auction the bid with the latest time. A row for a bidder
// and auction replaces the one before it.

import { type Emit, type Stream, value } from 'sluice'
import type { Bid, Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { isBetterBid } from '../better-bid.ts'

export function q18(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ bidder, auction }) => [bidder, auction])
    .process('q18-last-bid', {
      state: { last: value<Bid>() },
      onRecord(bid, { state }, emit: Emit<Omit<Bid, 'kind'>>) {
        const last = state.last.get()
        if (last !== undefined && !isLater(bid, last)) return
        state.last.set(bid)
        const { kind: _, ...row } = bid
        emit(row)
      },
    })
}

/** Of bids of the same millisecond the better one counts as the later. */
function isLater(bid: Bid, than: Bid): boolean {
  return bid.dateTime === than.dateTime ? isBetterBid(bid, than) : bid.dateTime > than.dateTime
}

export default nexmarkJob('q18', q18)
