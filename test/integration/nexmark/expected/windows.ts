// Expected results of the windows.

import type { Expectation } from './expectation.ts'

const slidingCounts = `
  select auction, count(*) as num, start + 10000 as "endTime"
  from (
    select auction, "dateTime" - mod("dateTime", 2000) - 2000 * pane as start
    from bid, generate_series(0, 4) pane
  ) w
  group by auction, start`

export const q5: Expectation = {
  rows: `
    select auction, num, "endTime"
    from (
      select *, max(num) over (partition by "endTime") as most from (${slidingCounts}) c
    ) m
    where num = most`,
}

export const q7: Expectation = {
  rows: `
    select auction, bidder, price, "dateTime", extra
    from (select *, max(price) over (partition by "dateTime" / 10000) as highest from bid) b
    where price = highest`,
}

/** A session ends when ten seconds pass; a bid exactly ten seconds later begins another. */
export const q11: Expectation = {
  rows: `
    select
      bidder, count(*) as "bidCount",
      min("dateTime") as "startTime", max("dateTime") + 10000 as "endTime"
    from (
      select *, count(*) filter (where begins) over (partition by bidder order by at, index) as nth
      from (
        select *,
          "dateTime" - lag("dateTime") over (partition by bidder order by at, index) 
            >= 10000
            as begins
        from bid
      ) b
    ) s
    group by bidder, nth`,
}
