// Query 13, join with a bounded side input: every bid with what a table says about its auction.
// The table is small, so each worker has all of it; a larger one would be asked by `mapAsync`.

import type { Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { sideInput, sideInputKeys } from '../../side-input.ts'

export function q13(events: Stream<Event>) {
  const values = new Map(sideInput())
  return bids(events).flatMap(({ auction, bidder, price, dateTime }) => {
    const value = values.get(auction % sideInputKeys)
    return value === undefined ? [] : [{ auction, bidder, price, dateTime, value }]
  })
}

export default nexmarkJob('q13', q13)
