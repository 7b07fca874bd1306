// Query 16, channel statistics: query 15 for each channel and day, with the last minute in which
// there was a bid. A row for a channel and day replaces the one before it.

import { type Emit, type Stream, value } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { dayOf, minuteOf } from '../day-and-minute.ts'
import { type BidStatistics, bidStatisticsState, countBid } from './bid-statistics.ts'

interface ChannelStatistics extends BidStatistics {
  readonly channel: string
  readonly day: string
  readonly minute: string
}

export function q16(events: Stream<Event>) {
  return bids(events)
    .keyBy(({ channel, dateTime }) => [channel, dayOf(dateTime)])
    .process('q16-statistics', {
      state: { ...bidStatisticsState, minute: value<string>() },
      onRecord(bid, { state, key: [channel, day] }, emit: Emit<ChannelStatistics>) {
        const minute = later(minuteOf(bid.dateTime), state.minute.get())
        state.minute.set(minute)
        emit({ channel, day, minute, ...countBid(state, bid) })
      },
    })
}

function later(minute: string, than = ''): string {
  return minute > than ? minute : than
}

export default nexmarkJob('q16', q16)
