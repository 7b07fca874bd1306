// Query 2, selection: the prices that are bid on every 123rd auction.

import type { Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

export function q2(events: Stream<Event>) {
  return bids(events)
    .filter(({ auction }) => auction % 123 === 0)
    .map(({ auction, price }) => ({ auction, price }))
}

export default nexmarkJob('q2', q2)
