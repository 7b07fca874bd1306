// Query 19, top ten bids: of each auction the ten highest bids with their ranks. A row for an
// auction and rank replaces the one before it.

import { type Emit, type Stream, value } from 'sluice'
import type { Bid, Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { isBetterBid } from '../better-bid.ts'

type RankedBid = Omit<Bid, 'kind'> & { readonly rank: number }

const ranks = 10

export function q19(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ auction }) => auction)
    .process('q19-top-bids', {
      state: { top: value<readonly Bid[]>() },
      onRecord(bid, { state }, emit: Emit<RankedBid>) {
        const before = state.top.get() ?? []
        const better = before.findIndex((other) => isBetterBid(bid, other))
        const place = better < 0 ? before.length : better
        if (place >= ranks) return
        const top = before.toSpliced(place, 0, bid).slice(0, ranks)
        state.top.set(top)
        // The bid itself, and those that it moved down.
        for (let index = place; index < top.length; index++) emit(ranked(top[index] as Bid, index))
      },
    })
}

function ranked(bid: Bid, index: number): RankedBid {
  const { kind: _, ...row } = bid
  return { ...row, rank: index + 1 }
}

export default nexmarkJob('q19', q19)
