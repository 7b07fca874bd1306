// Six jobs of one shape (map, filter, map, filter, map, filter) with functions of their own, and
// the same functions called the plain way.

import { defineJob, generatorSource, type JobDefinition } from 'sluice'
import { type Bid, bidAt } from './bid.ts'
import { probeSink } from './probe-sink.ts'

/** What stays of a bid on its way. */
interface Offer {
  readonly auction: number
  readonly price: number
}

/** The functions of one job. */
export interface SixSteps {
  readonly offer: (bid: Bid) => Offer
  readonly isDear: (offer: Offer) => boolean
  readonly converted: (offer: Offer) => Offer
  readonly isOdd: (offer: Offer) => boolean
  readonly key: (offer: Offer) => number
  readonly isKept: (key: number) => boolean
}

/** All different texts: V8 shares what it learns between functions of the same text. */
export const variants: readonly SixSteps[] = [
  {
    offer: (bid) => ({ auction: bid.auction, price: bid.price }),
    isDear: (offer) => offer.price > 10,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.91 }),
    isOdd: (offer) => offer.auction % 10 !== 0,
    key: (offer) => offer.auction + offer.price,
    isKept: (key) => key > 1,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 1, price: bid.price }),
    isDear: (offer) => offer.price > 11,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.92 }),
    isOdd: (offer) => offer.auction % 11 !== 0,
    key: (offer) => offer.auction + 2 * offer.price,
    isKept: (key) => key > 2,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 2, price: bid.price }),
    isDear: (offer) => offer.price > 12,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.93 }),
    isOdd: (offer) => offer.auction % 12 !== 0,
    key: (offer) => offer.auction + 3 * offer.price,
    isKept: (key) => key > 3,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 3, price: bid.price }),
    isDear: (offer) => offer.price > 13,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.94 }),
    isOdd: (offer) => offer.auction % 13 !== 0,
    key: (offer) => offer.auction + 4 * offer.price,
    isKept: (key) => key > 4,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 4, price: bid.price }),
    isDear: (offer) => offer.price > 14,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.95 }),
    isOdd: (offer) => offer.auction % 14 !== 0,
    key: (offer) => offer.auction + 5 * offer.price,
    isKept: (key) => key > 5,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 5, price: bid.price }),
    isDear: (offer) => offer.price > 15,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.96 }),
    isOdd: (offer) => offer.auction % 15 !== 0,
    key: (offer) => offer.auction + 6 * offer.price,
    isKept: (key) => key > 6,
  },
]

const RECORDS = 4096
const AUCTIONS = 100_000

const bids = Array.from({ length: RECORDS }, (_, index) => bidAt(index, AUCTIONS))

/** The record of an index: made before, so that the steps are measured and not the source. */
export function givenBid(index: number): Bid {
  return bids[index & (RECORDS - 1)] as Bid
}

export function sixStepsJob(steps: SixSteps): JobDefinition {
  return defineJob({
    name: 'six-steps',
    checkpoint: 'off',
    graph(job) {
      job
        .from('bids', generatorSource({ generate: givenBid }))
        .map(steps.offer)
        .filter(steps.isDear)
        .map(steps.converted)
        .filter(steps.isOdd)
        .map(steps.key)
        .filter(steps.isKept)
        .to('kept', probeSink())
    },
  })
}
