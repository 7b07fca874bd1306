// Nexmark's events as a function of seed and index. Of 50 events one is a person, three are
// auctions and 46 are bids. Half of the bids go to a hot auction, three quarters of bids and
// auctions come from a hot bidder and a hot seller; who is hot changes with time. Ids rise; an
// event may name an auction or a person of the next few. (Proportions and names: Nexmark.)

import { Draw } from './draw.ts'
import type { Auction, Bid, Event, Person } from './event.ts'
import { filling, lettersOf, shortText } from './texts.ts'
import { checkTimeline, numberAt, type Timeline, timeOf } from './timeline.ts'

export interface EventOptions {
  readonly seed: number
  readonly timeline: Timeline
}

const peoplePerEpoch = 1
const auctionsPerEpoch = 3
const eventsPerEpoch = 50

const firstId = 1000
const firstCategory = 10
const categories = 5

/** One of so many people and auctions becomes hot. */
const hotEvery = 100
const activePeople = 1000
const auctionsInFlight = 100
/** People and auctions may be named before they come, by so many ids. */
const lead = 10

const averageBytes = { person: 200, auction: 500, bid: 100 }

const states = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const cities = listed(
  'Phoenix, Los Angeles, San Francisco, Boise, Portland',
  'Bend, Redmond, Seattle, Kent, Cheyenne',
)
const firstNames = listed(
  'Peter, Paul, Luke, John, Saul, Vicky, Kate, Julie, Sarah, Deiter, Walter',
)
const lastNames = listed('Shultz, Abrams, Spencer, White, Bartels, Walton, Smith, Jones, Noris')
const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple']
const channels = 10_000
const channelUrls = makeUrls(channels)
const hotUrls = makeUrls(hotChannels.length)

/** The event that arrives at an index. */
export function nexmarkEvents({ seed, timeline }: EventOptions): (index: number) => Event {
  checkTimeline(timeline)
  const draw = new Draw(seed)
  return (index) => {
    const number = numberAt(index, timeline)
    const place = number % eventsPerEpoch
    const at = timeOf(number, timeline)
    draw.begin(number)
    if (place < peoplePerEpoch) return person(draw, number, at)
    if (place >= peoplePerEpoch + auctionsPerEpoch) return bid(draw, number, at)
    return auction(draw, number, at, auctionLengthMs(draw, number, at, timeline))
  }
}

function person(draw: Draw, number: number, dateTime: number): Person {
  const name = `${draw.pick(firstNames)} ${draw.pick(lastNames)}`
  const emailAddress = `${shortText(draw, 7)}@${shortText(draw, 5)}.com`
  const digits = Array.from({ length: 4 }, () => String(draw.integer(10_000)).padStart(4, '0'))
  const creditCard = digits.join(' ')
  const city = draw.pick(cities)
  const state = draw.pick(states)
  const sizeBytes =
    8 + name.length + emailAddress.length + creditCard.length + city.length + state.length
  return {
    kind: 'person',
    id: firstId + newestPerson(number),
    name,
    emailAddress,
    creditCard,
    city,
    state,
    dateTime,
    extra: filling(draw, sizeBytes, averageBytes.person),
  }
}

function auction(draw: Draw, number: number, dateTime: number, lengthMs: number): Auction {
  const newest = newestPerson(number)
  const seller = draw.integer(4) > 0 ? newest - (newest % hotEvery) : anyPerson(draw, number)
  const itemName = shortText(draw, 20)
  const description = shortText(draw, 100)
  const initialBid = price(draw)
  const sizeBytes = 8 + itemName.length + description.length + 5 * 8
  return {
    kind: 'auction',
    id: firstId + newestAuction(number),
    itemName,
    description,
    initialBid,
    reserve: initialBid + price(draw),
    dateTime,
    expires: dateTime + lengthMs,
    seller: firstId + seller,
    category: firstCategory + draw.integer(categories),
    extra: filling(draw, sizeBytes, averageBytes.auction),
  }
}

function bid(draw: Draw, number: number, dateTime: number): Bid {
  const newestOpen = newestAuction(number)
  const newest = newestPerson(number)
  const isHot = draw.integer(2) > 0
  const on = isHot ? newestOpen - (newestOpen % hotEvery) : anyAuction(draw, number)
  // The person beside the hot seller, so that the two are not the same.
  const by = draw.integer(4) > 0 ? newest - (newest % hotEvery) + 1 : anyPerson(draw, number)
  const isHotChannel = draw.integer(2) > 0
  const channel = draw.integer(isHotChannel ? hotChannels.length : channels)
  return {
    kind: 'bid',
    auction: firstId + on,
    bidder: firstId + by,
    price: price(draw),
    channel: isHotChannel ? (hotChannels[channel] as string) : `channel-${channel}`,
    url: (isHotChannel ? hotUrls : channelUrls)[channel] as string,
    dateTime,
    extra: filling(draw, 4 * 8, averageBytes.bid),
  }
}

/** The person who registers with this event, or registered last before it. */
function newestPerson(number: number): number {
  return Math.floor(number / eventsPerEpoch)
}

/** The auction that opens with this event, or opened last before it; from the first bid on. */
function newestAuction(number: number): number {
  const place = Math.min(number % eventsPerEpoch, peoplePerEpoch + auctionsPerEpoch - 1)
  return Math.floor(number / eventsPerEpoch) * auctionsPerEpoch + place - peoplePerEpoch
}

function anyPerson(draw: Draw, number: number): number {
  const people = newestPerson(number) + 1
  const active = Math.min(people, activePeople)
  return people - active + draw.integer(active + lead)
}

function anyAuction(draw: Draw, number: number): number {
  const newest = newestAuction(number)
  const oldest = Math.max(newest - auctionsInFlight, 0)
  return oldest + draw.integer(newest - oldest + 1 + lead)
}

/** About as long as it takes until `auctionsInFlight` more have opened, on average. */
function auctionLengthMs(draw: Draw, number: number, at: number, timeline: Timeline): number {
  const events = Math.floor((auctionsInFlight * eventsPerEpoch) / auctionsPerEpoch)
  return 1 + draw.integer(Math.max(2 * (timeOf(number + events, timeline) - at), 1))
}

/** From a dollar to a million, the logarithm uniform. */
function price(draw: Draw): number {
  return Math.round(10 ** (draw.fraction() * 6) * 100)
}

function makeUrls(count: number): string[] {
  const draw = new Draw(count)
  return Array.from({ length: count }, (_, index) => {
    draw.begin(index)
    const folders = Array.from({ length: 3 }, () => lettersOf(draw, 5)).join('/')
    const url = `https://www.nexmark.com/${folders}/item.htm?query=1`
    return draw.integer(10) > 0 ? `${url}&channel_id=${index}` : url
  })
}

function listed(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(', '))
}
