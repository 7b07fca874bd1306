// Counts the same bids by a plain loop over a Map: one thread, no shuffle, no checkpoint.

import { type Bid, bidAt, type NamedBid, namedBidAt } from '../jobs/bid.ts'

export interface PlainCountOrder {
  readonly keys: number
  readonly strings: boolean
  readonly warmUpMs: number
  readonly warmUpRecords: number
  readonly measureMs: number
}

const RECORDS_PER_LOOK = 1024

const order = JSON.parse(process.argv[2] ?? '{}') as PlainCountOrder
const counts = new Map<number | string, number>()
let index = 0
let lastCount = 0

function countBatch(bidOf: (index: number, keys: number) => Bid | NamedBid): void {
  for (const end = index + RECORDS_PER_LOOK; index < end; index++) {
    const bid = bidOf(index, order.keys)
    const count = (counts.get(bid.auction) ?? 0) + 1
    counts.set(bid.auction, count)
    lastCount = count
  }
}

function countFor(leastMs: number, leastRecords: number): number {
  const bidOf = order.strings ? namedBidAt : bidAt
  const from = index
  const started = performance.now()
  let elapsedMs = 0
  while (elapsedMs < leastMs || index - from < leastRecords) {
    countBatch(bidOf)
    elapsedMs = performance.now() - started
  }
  return ((index - from) * 1000) / elapsedMs
}

countFor(order.warmUpMs, order.warmUpRecords)
const recordsPerSecond = countFor(order.measureMs, 0)
if (lastCount === 0) throw new Error('Nothing was counted.')
console.log(JSON.stringify({ recordsPerSecond }))
