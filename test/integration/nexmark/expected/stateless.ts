// Expected results of the queries that look at one event at a time.

import { sideInputKeys } from '../../../../bench/nexmark/side-input.ts'
import type { Expectation } from './expectation.ts'

export const q0: Expectation = {
  rows: 'select auction, bidder, price, "dateTime", extra from bid',
}

const euros = '(0.908 * price)'

export const q1: Expectation = {
  rows: `select auction, bidder, ${euros}::float8 as price, "dateTime", extra from bid`,
}

export const q2: Expectation = {
  rows: 'select auction, price from bid where mod(auction, 123) = 0',
}

export const q13: Expectation = {
  rows: `
    select b.auction, b.bidder, b.price, b."dateTime", s.value
    from bid b join "sideInput" s on mod(b.auction, ${sideInputKeys}) = s.key`,
}

const hour = 'extract(hour from at)'

export const q14: Expectation = {
  rows: `
    select
      auction, bidder, ${euros}::float8 as price,
      case
        when ${hour} >= 8 and ${hour} <= 18 then 'dayTime'
        when ${hour} <= 6 or ${hour} >= 20 then 'nightTime'
        else 'otherTime'
      end as "bidTimeType",
      "dateTime", extra,
      length(extra) - length(replace(extra, 'c', '')) as "cCounts"
    from bid
    where ${euros} > 1000000 and ${euros} < 50000000`,
}

export const q22: Expectation = {
  rows: `
    select
      auction, bidder, price, channel,
      split_part(url, '/', 4) as dir1,
      split_part(url, '/', 5) as dir2,
      split_part(url, '/', 6) as dir3
    from bid`,
}
