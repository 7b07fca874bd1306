// Query 8, new users: who registered and opened an auction within the same ten seconds.

import { count, type Stream, tumbling } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { auctions, nexmarkJob, people } from '../../nexmark-job.ts'

export function q8(events: Stream<Event>) {
  // Each seller once. A result has the time of its window's last millisecond: it is still in it.
  const sellers = auctions(events)
    .keyBy(({ seller }) => seller)
    .window(tumbling('10s'))
    .aggregate('q8-sellers', count())
  return people(events)
    .keyBy(({ id }) => id)
    .join(
      'q8-new-sellers',
      sellers.keyBy(({ key }) => key),
      {
        window: tumbling('10s'),
        select: ({ id, name }, { window }) => ({ id, name, startTime: window.start }),
      },
    )
}

export default nexmarkJob('q8', q8)
