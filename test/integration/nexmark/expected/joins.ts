// Expected results of the queries that bring events of several kinds together.

import type { Expectation } from './expectation.ts'

export const q3: Expectation = {
  rows: `
    select p.name, p.city, p.state, a.id
    from auction a join person p on a.seller = p.id
    where a.category = 10 and p.state in ('OR', 'ID', 'CA')`,
}

/** Bids that came while their auction was open, with what is known of it. */
const openBids = `
  select
    a.*, b.auction, b.bidder, b.price, b."dateTime" as "bidDateTime", b.extra as "bidExtra",
    greatest(a.index, b.index) as arrival,
    row_number() over (
      partition by a.id order by b.price desc, b."dateTime", b.bidder, b.extra
    ) as place
  from auction a join bid b on a.id = b.auction
  where b."dateTime" between a."dateTime" and a.expires`

/** Those that won when they had arrived: after all that had arrived by then. */
const winners = `
  select * from (
    select *, min(place) over (partition by id order by arrival) as best from (${openBids}) o
  ) r
  where place = best`

const winningBid = `
  id, "itemName", description, "initialBid", reserve, "dateTime", expires, seller, category, extra,
  auction, bidder, price, "bidDateTime", "bidExtra"`

/** What each auction adds to the sum of its category, when a bid with another price wins. */
const priceChanges = `
  select
    category as id, id as sender, arrival,
    price - coalesce(before, 0) as added, before is null as "isFirst"
  from (
    select *, lag(price) over (partition by id order by arrival) as before from (${winners}) w
  ) c
  where before is distinct from price`

export const q4: Expectation = {
  rows: `
    select category as id, div(sum(final), count(*))::bigint as final
    from (
      select max(b.price) as final, a.category
      from auction a join bid b on a.id = b.auction
      where b."dateTime" between a."dateTime" and a.expires
      group by a.id, a.category
    ) q
    group by category`,
  updates: {
    key: ['id'],
    rows: `
      select
        id,
        div(sum(added) over arrived, count(*) filter (where "isFirst") over arrived)::bigint
          as final
      from (${priceChanges}) c
      window arrived as (partition by id order by arrival)`,
    averageChanges: `select * from (${priceChanges}) c order by arrival`,
  },
}

export const q8: Expectation = {
  rows: `
    select distinct p.id, p.name, p."dateTime" - mod(p."dateTime", 10000) as "startTime"
    from person p join auction a on p.id = a.seller
      and p."dateTime" / 10000 = a."dateTime" / 10000`,
}

export const q9: Expectation = {
  rows: `select ${winningBid} from (${openBids}) o where place = 1`,
  updates: { key: ['id'], rows: `select ${winningBid} from (${winners}) w` },
}

export const q20: Expectation = {
  rows: `
    select
      b.auction, b.bidder, b.price, b.channel, b.url,
      b."dateTime" as "bidDateTime", b.extra as "bidExtra",
      a."itemName", a.description, a."initialBid", a.reserve,
      a."dateTime" as "auctionDateTime", a.expires, a.seller, a.category,
      a.extra as "auctionExtra"
    from bid b join auction a on b.auction = a.id
    where a.category = 10`,
}
