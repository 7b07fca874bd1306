// State that stays: a window of a year for each auction. First comes one bid for each of them, then
// bids for a part of them only, the same ones again and again, so that every checkpoint finds this
// part changed.

import { defineJob, generatorSource, tumbling } from 'sluice'
import { bidInTimeAt } from './bid.ts'
import { GapWatch } from './gap-watch.ts'
import { textParameters } from './parameters.ts'
import { watchedTotals } from './watched-totals.ts'

const BIDS_PER_SECOND = 1_000_000

export default defineJob({
  name: 'held-windows',
  params: textParameters,
  checkpoint: { every: '1s' },

  /** One of EACH keys changes. */
  graph(job, { KEYS = '1000000', EACH = '10' }) {
    const keys = Number(KEYS)
    const each = Number(EACH)
    const changing = Math.floor(keys / each)
    const watch = new GapWatch()
    const bids = generatorSource({
      generate(index) {
        const auction = index < keys ? index : (index % changing) * each
        return { ...bidInTimeAt(index, keys, BIDS_PER_SECOND), auction }
      },
    })
    job
      .from('bids', bids, { eventTime: (bid) => bid.ts })
      .keyBy((bid) => bid.auction)
      .window(tumbling('365d'))
      .aggregate('count', watchedTotals(watch))
      .to('counts', watch.sink())
  },
})
