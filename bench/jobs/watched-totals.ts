// What windows compute of an auction's bids, with a watch that sees each of them.

import { count, sum } from 'sluice'
import type { Bid } from './bid.ts'
import type { GapWatch } from './gap-watch.ts'

/** How many bids, and what they come to. */
export function watchedTotals(watch: GapWatch) {
  return {
    bids: count(),
    total: sum((bid: Pick<Bid, 'price'>) => {
      watch.see()
      return bid.price
    }),
  }
}
