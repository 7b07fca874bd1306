// Shuffle and windows per auction: how many bids, and what they come to.

import { defineJob, type Duration, generatorSource, session, sliding, tumbling } from 'sluice'
import { type Bid, bidInTimeAt } from './bid.ts'
import { GapWatch } from './gap-watch.ts'
import { textParameters } from './parameters.ts'
import { watchedTotals } from './watched-totals.ts'

/** Parameters of the job; texts, because that is what a job is given. */
export type WindowParameters = Readonly<
  Record<'WINDOW' | 'KEYS' | 'BIDS_PER_SECOND' | 'LENGTH' | 'EVERY', string>
>

export default defineJob({
  name: 'windows',
  params: textParameters,
  checkpoint: { every: '1s' },

  graph(job, parameters) {
    const { WINDOW, KEYS, BIDS_PER_SECOND, LENGTH, EVERY } = parameters as WindowParameters
    const [keys, bidsPerSecond] = [Number(KEYS), Number(BIDS_PER_SECOND)]
    const length = LENGTH as Duration
    const windows = {
      tumbling: () => tumbling(length),
      sliding: () => sliding(length, { every: EVERY as Duration }),
      session: () => session<Bid>(length),
    }
    const watch = new GapWatch()
    job
      .from(
        'bids',
        generatorSource({ generate: (index) => bidInTimeAt(index, keys, bidsPerSecond) }),
        { eventTime: (bid) => bid.ts },
      )
      .keyBy((bid) => bid.auction)
      .window(windows[WINDOW as keyof typeof windows]())
      .aggregate('count', watchedTotals(watch))
      .to('counts', watch.sink())
  },
})
