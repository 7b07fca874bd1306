// Query 14, calculation: bids in a range of prices, with the time of day in words and the number of
// times that the letter c stands in their text.

import type { Stream } from 'sluice'
import type { Event } from '../../generator/event.ts'
import { bids, nexmarkJob } from '../../nexmark-job.ts'
import { inEuros } from '../in-euros.ts'

export function q14(events: Stream<Event>) {
  return bids(events)
    .map((bid) => ({ ...bid, price: inEuros(bid.price) }))
    .filter(({ price }) => price > 1_000_000 && price < 50_000_000)
    .map(({ auction, bidder, price, dateTime, extra }) => {
      const bidTimeType = timeOfDay(dateTime)
      return { auction, bidder, price, bidTimeType, dateTime, extra, cCounts: countLetterC(extra) }
    })
}

function timeOfDay(dateTime: number): string {
  const hour = new Date(dateTime).getUTCHours()
  if (hour >= 8 && hour <= 18) return 'dayTime'
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
}

function countLetterC(text: string): number {
  return text.split('c').length - 1
}

export default nexmarkJob('q14', q14)
