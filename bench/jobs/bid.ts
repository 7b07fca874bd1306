// The records of the benchmarks: bids as in Nexmark, each a function of its index alone, so that
// the engine and the plain loop see the same ones.

export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly ts: number
}

/** The same with a text as key, as long as an identifier of a shop. */
export interface NamedBid extends Omit<Bid, 'auction'> {
  readonly auction: string
}

const STARTED_AT_MS = 1_700_000_000_000
const BIDDERS = 100_000

export function bidAt(index: number, keys: number): Bid {
  const drawn = mixed(index)
  return {
    auction: drawn % keys,
    bidder: (drawn >>> 7) % BIDDERS,
    price: (drawn & 0xfffff) / 100,
    ts: STARTED_AT_MS + index,
  }
}

export function namedBidAt(index: number, keys: number): NamedBid {
  const drawn = mixed(index)
  return {
    auction: `auction-${drawn % keys}`,
    bidder: (drawn >>> 7) % BIDDERS,
    price: (drawn & 0xfffff) / 100,
    ts: STARTED_AT_MS + index,
  }
}

/** The same bids as `bidAt`, of which so many fall into a second of event time. */
export function bidInTimeAt(index: number, keys: number, bidsPerSecond: number): Bid {
  const drawn = mixed(index)
  return {
    auction: drawn % keys,
    bidder: (drawn >>> 7) % BIDDERS,
    price: (drawn & 0xfffff) / 100,
    ts: STARTED_AT_MS + Math.floor((index * 1000) / bidsPerSecond),
  }
}

/** The finaliser of MurmurHash3 over the index and the seed of the benchmarks. */
function mixed(index: number): number {
  let value = (index ^ 0x9e3779b9) | 0
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
