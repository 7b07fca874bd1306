// The three kinds of events of Nexmark, an auction site: people register, they open auctions, and
// they bid. Times are milliseconds since 1970, prices are cents.

export interface Person {
  readonly kind: 'person'
  readonly id: number
  readonly name: string
  readonly emailAddress: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
  readonly extra: string
}

export interface Auction {
  readonly kind: 'auction'
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  /** Bids count up to and with this time. */
  readonly expires: number
  /** The id of a person; now and then of one who registers a little later. */
  readonly seller: number
  readonly category: number
  readonly extra: string
}

export interface Bid {
  readonly kind: 'bid'
  /** The id of an auction; now and then of one that opens a little later. */
  readonly auction: number
  /** The id of a person. */
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

export type Event = Person | Auction | Bid

export function isPerson(event: Event): event is Person {
  return event.kind === 'person'
}

export function isAuction(event: Event): event is Auction {
  return event.kind === 'auction'
}

export function isBid(event: Event): event is Bid {
  return event.kind === 'bid'
}
