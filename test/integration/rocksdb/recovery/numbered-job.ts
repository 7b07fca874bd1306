// Numbers the records of each key, so that a lost, doubled or forgotten one shows; with a map and
// timers, so that every kind of row is there.

import { fileSink } from '@sluice/files'
import { counter, defineJob, type Emit, generatorSource, json, map } from 'sluice'
import { z } from 'zod'

export const RECORDS = 20_000
const KEYS = 500

export interface Numbered {
  readonly key: number
  readonly nth: number
  /** How many different remainders of the index were met. */
  readonly kinds: number
}

export default defineJob({
  name: 'numbered',
  params: z.object({ OUT: z.string(), RATE: z.string() }),
  checkpoint: { every: '100ms', minPause: '20ms' },
  restart: { strategy: 'none' },

  graph(job, { OUT, RATE }) {
    const records = generatorSource({
      generate: (index) => ({ index, key: index % KEYS }),
      count: RECORDS,
      splits: 2,
      ratePerSecond: Number(RATE),
    })
    job
      .from('records', records, { eventTime: ({ index }) => index })
      .keyBy(({ key }) => key)
      .process('number', {
        state: { count: counter(), kinds: map<number, number>(), fired: counter() },
        onRecord({ index, key }, { state, timers }, emit: Emit<Numbered>) {
          const nth = state.count.get() + 1
          state.count.set(nth)
          state.kinds.set(index % 7, index)
          timers.atEventTime(index + 5000)
          emit({ key, nth, kinds: state.kinds.size })
        },
        onTimer(_timer, { state }) {
          state.fired.set(state.fired.get() + 1)
        },
      })
      .to('numbered', fileSink({ path: OUT, value: json() }))
  },
})
