// Expected results of the queries that keep a report up to date.

import type { Expectation } from './expectation.ts'

const rank = 'case when price < 10000 then 1 when price < 1000000 then 2 else 3 end'
const day = `to_char(at, 'YYYY-MM-DD')`
const datedBids = `
  select *, ${rank} as rank, ${day} as day, to_char(at, 'HH24:MI') as minute from bid`

const better = 'price desc, "dateTime", bidder, extra'
const wholeBid = 'auction, bidder, price, channel, url, "dateTime", extra'

function bidCounts(over: string): string {
  const ranks = [1, 2, 3].map((n) => `count(*) filter (where rank = ${n})${over} as "rank${n}Bids"`)
  return [`count(*)${over} as "totalBids"`, ...ranks].join(',\n')
}

/** Queries 15 and 16 but for their keys: the report as a grouping. */
function statistics(): string {
  const distinct = (column: string, name: string) => {
    const ranks = [1, 2, 3].map((n) => {
      return `count(distinct ${column}) filter (where rank = ${n}) as "rank${n}${name}"`
    })
    return [`count(distinct ${column}) as "total${name}"`, ...ranks].join(',\n')
  }
  return [bidCounts(''), distinct('bidder', 'Bidders'), distinct('auction', 'Auctions')].join(',\n')
}

/** The same after each bid, in order of index: what was seen for the first time is counted. */
function runningStatistics(key: string, others: string): string {
  const isFirst = (columns: string, name: string) =>
    `row_number() over (partition by ${key}, ${columns} order by index) = 1 as "${name}"`
  const firsts = (name: string) => {
    const ranks = [1, 2, 3].map((n) => {
      const where = `rank = ${n} and "first${name}OfRank"`
      return `count(*) filter (where ${where}) over arrived as "rank${n}${name}"`
    })
    return [`count(*) filter (where "first${name}") over arrived as "total${name}"`, ...ranks]
  }
  return `
    select
      ${key}, ${others} ${bidCounts(' over arrived')},
      ${[...firsts('Bidders'), ...firsts('Auctions')].join(',\n')}
    from (
      select *,
        ${isFirst('bidder', 'firstBidders')}, ${isFirst('rank, bidder', 'firstBiddersOfRank')},
        ${isFirst('auction', 'firstAuctions')}, ${isFirst('rank, auction', 'firstAuctionsOfRank')}
      from (${datedBids}) d
    ) f
    window arrived as (partition by ${key} order by index)`
}

export const q15: Expectation = {
  rows: `select day, ${statistics()} from (${datedBids}) d group by day`,
  updates: { key: ['day'], rows: runningStatistics('day', '') },
}

export const q16: Expectation = {
  rows: `
    select channel, day, max(minute) as minute, ${statistics()}
    from (${datedBids}) d
    group by channel, day`,
  updates: {
    key: ['channel', 'day'],
    rows: runningStatistics('channel, day', 'max(minute) over arrived as minute,'),
  },
}

function prices(over: string): string {
  return `
    min(price)${over} as "minPrice", max(price)${over} as "maxPrice",
    div(sum(price)${over}, count(*)${over})::bigint as "avgPrice",
    (sum(price)${over})::bigint as "sumPrice"`
}

export const q17: Expectation = {
  rows: `
    select auction, day, ${bidCounts('')}, ${prices('')}
    from (${datedBids}) d
    group by auction, day`,
  updates: {
    key: ['auction', 'day'],
    rows: `
      select auction, day, ${bidCounts(' over arrived')}, ${prices(' over arrived')}
      from (${datedBids}) d
      window arrived as (partition by auction, day order by index)`,
  },
}

const placedBids = `
  select *, row_number() over (
    partition by bidder, auction order by "dateTime" desc, ${better}
  ) as place
  from bid`

export const q18: Expectation = {
  rows: `select ${wholeBid} from (${placedBids}) p where place = 1`,
  updates: {
    key: ['bidder', 'auction'],
    rows: `
      select ${wholeBid} from (
        select *, min(place) over (partition by bidder, auction order by index) as best
        from (${placedBids}) p
      ) r
      where place = best`,
  },
}

const rankedBids = `
  select *, row_number() over (partition by auction order by ${better}) as rank from bid`

export const q19: Expectation = {
  rows: `select ${wholeBid}, rank from (${rankedBids}) r where rank <= 10`,
  updates: {
    key: ['auction', 'rank'],
    // A bid comes in at some rank and is moved down by each better bid that follows, by one.
    rows: `
      select ${wholeBid}, passed as rank
      from (
        select *, (
          select count(*) + 1 from (${rankedBids}) other
          where other.auction = r.auction and other.index < r.index and other.rank < r.rank
        ) as first
        from (${rankedBids}) r
      ) moved, generate_series(first, least(rank, 10)) passed`,
  },
}
