// Query 4, average price of a category: what the auctions of a category sell for on average, by the
// highest bid that each has so far. A row for a category replaces the one before it.

import { counter, type Emit, type Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { nexmarkJob } from '../../nexmark-job.ts'
import { winningBids } from './q9.ts'

interface PriceChange {
  readonly category: number
  /** What the auction added to the sum of its category: all of its price, or the difference. */
  readonly added: number
  readonly isFirst: boolean
}

export function q4(events: Stream<Event>) {
  return winningBids(events, 'q4-winning-bids')
    .keyBy(({ id }) => id)
    .process('q4-price-changes', {
      state: { price: counter() },
      onRecord({ category, price }, { state }, emit: Emit<PriceChange>) {
        const before = state.price.get()
        if (price === before) return
        state.price.set(price)
        emit({ category, added: price - before, isFirst: before === 0 })
      },
    })
    .keyBy(({ category }) => category)
    .process('q4-average', {
      state: { sum: counter(), auctions: counter() },
      onRecord({ category, added, isFirst }, { state }, emit: Emit<{ id: number; final: number }>) {
        state.sum.set(state.sum.get() + added)
        if (isFirst) state.auctions.set(state.auctions.get() + 1)
        emit({ id: category, final: Math.floor(state.sum.get() / state.auctions.get()) })
      },
    })
}

export default nexmarkJob('q4', q4)
