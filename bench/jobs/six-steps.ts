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
  readonly isOpen: (offer: Offer) => boolean
  readonly score: (offer: Offer) => number
  readonly isHigh: (score: number) => boolean
}

/**
 * Each filter lets about three of four records pass. All are different texts: V8 shares what it
 * learns between functions of the same text.
 */
export const variants: readonly SixSteps[] = [
  {
    offer: (bid) => ({ auction: bid.auction, price: bid.price }),
    isDear: (offer) => offer.price > 2600,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.91 }),
    isOpen: (offer) => offer.auction % 4 !== 0,
    score: (offer) => offer.auction + 2 * offer.price,
    isHigh: (score) => score > 30000,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 4, price: bid.price }),
    isDear: (offer) => offer.price > 2601,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.92 }),
    isOpen: (offer) => offer.auction % 4 !== 1,
    score: (offer) => offer.auction + 3 * offer.price,
    isHigh: (score) => score > 30001,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 8, price: bid.price }),
    isDear: (offer) => offer.price > 2602,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.93 }),
    isOpen: (offer) => offer.auction % 4 !== 2,
    score: (offer) => offer.auction + 4 * offer.price,
    isHigh: (score) => score > 30002,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 12, price: bid.price }),
    isDear: (offer) => offer.price > 2603,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.94 }),
    isOpen: (offer) => offer.auction % 4 !== 3,
    score: (offer) => offer.auction + 5 * offer.price,
    isHigh: (score) => score > 30003,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 16, price: bid.price }),
    isDear: (offer) => offer.price > 2604,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.95 }),
    isOpen: (offer) => offer.auction % 4 !== 0,
    score: (offer) => offer.auction + 6 * offer.price,
    isHigh: (score) => score > 30004,
  },
  {
    offer: (bid) => ({ auction: bid.auction + 20, price: bid.price }),
    isDear: (offer) => offer.price > 2605,
    converted: (offer) => ({ auction: offer.auction, price: offer.price * 0.96 }),
    isOpen: (offer) => offer.auction % 4 !== 1,
    score: (offer) => offer.auction + 7 * offer.price,
    isHigh: (score) => score > 30005,
  },
]

const RECORDS = 65_536
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
        .filter(steps.isOpen)
        .map(steps.score)
        .filter(steps.isHigh)
        .to('kept', probeSink())
    },
  })
}
