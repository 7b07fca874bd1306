// Shuffle and keyed count: every bid counts for its auction, every new count goes out.

import { counter, defineJob, type Emit, generatorSource } from 'sluice'
import { type Bid, bidAt, type NamedBid, namedBidAt } from './bid.ts'
import { dieOnce } from './die-once.ts'
import { textParameters } from './parameters.ts'
import { probeSink } from './probe-sink.ts'

interface Count {
  readonly auction: number | string
  readonly count: number
}

export default defineJob({
  name: 'keyed-count',
  params: textParameters,
  checkpoint: { every: '1s' },

  graph(job, { KEYS = '1000', STRINGS, DIES }) {
    const keys = Number(KEYS)
    const bids =
      STRINGS === 'yes'
        ? generatorSource<Bid | NamedBid>({ generate: (index) => namedBidAt(index, keys) })
        : generatorSource<Bid | NamedBid>({ generate: (index) => bidAt(index, keys) })
    job
      .from('bids', bids)
      .keyBy((bid) => bid.auction)
      .process('count', {
        state: { bids: counter() },
        onRecord(bid, { state }, emit: Emit<Count>) {
          const count = state.bids.get() + 1
          state.bids.set(count)
          emit({ auction: bid.auction, count })
        },
      })
      .to(
        'counts',
        probeSink(() => dieOnce(DIES)),
      )
  },
})
