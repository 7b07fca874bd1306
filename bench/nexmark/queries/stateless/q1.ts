// Query 1, currency conversion: every bid with its price in euros.

import type { Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { inEuros } from '../in-euros.ts'

export function q1(events: Stream<Event>) {
  return bids(events).map(({ auction, bidder, price, dateTime, extra }) => {
    return { auction, bidder, price: inEuros(price), dateTime, extra }
  })
}

export default nexmarkJob('q1', q1)
