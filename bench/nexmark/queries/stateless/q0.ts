// Query 0, pass through: every bid as it is. What it costs is what source, steps and sink cost.

import type { Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

export function q0(events: Stream<Event>) {
  return bids(events).map(({ auction, bidder, price, dateTime, extra }) => {
    return { auction, bidder, price, dateTime, extra }
  })
}

export default nexmarkJob('q0', q0)
