// Query 22, folders of a URL: every bid with the first three folders of the page it came from.

import type { Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'

export function q22(events: Stream<Event>) {
  return bids(events).map(({ auction, bidder, price, channel, url }) => {
    const [, , , dir1, dir2, dir3] = url.split('/')
    return { auction, bidder, price, channel, dir1, dir2, dir3 }
  })
}

export default nexmarkJob('q22', q22)
