// Counts the records of each key in a state that is larger than the memory for it, so that its
// folder is written to all the time.

import { fileSink } from '@sluice/files'
import { defineJob, type Emit, generatorSource, json, value } from 'sluice'
import { z } from 'zod'

export const RECORDS = 9000
const KEYS = 3000
const PAYLOAD_BYTES = 8192

export interface Counted {
  readonly key: number
  readonly nth: number
}

interface Seen {
  readonly nth: number
  readonly payload: string
}

const noise = noiseOf(2 ** 20)

/** Characters that no compression makes fewer. */
function noiseOf(length: number): string {
  let state = 1
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return String.fromCharCode(32 + (state >>> 25))
  }).join('')
}

export default defineJob({
  name: 'large',
  parallelism: 2,
  params: z.object({ OUT: z.string() }),
  checkpoint: { every: '200ms', minPause: '20ms' },
  restart: { strategy: 'fixed', delay: '50ms', maxAttempts: 3 },

  graph(job, { OUT }) {
    const records = generatorSource({
      generate: (index) => ({ key: (index * 7919) % KEYS }),
      count: RECORDS,
      splits: 2,
      ratePerSecond: 1500,
    })
    job
      .from('records', records)
      .keyBy(({ key }) => key)
      .process('count', {
        state: { seen: value<Seen>() },
        onRecord({ key }, { state }, emit: Emit<Counted>) {
          const nth = (state.seen.get()?.nth ?? 0) + 1
          const from = (key * nth * 331) % (noise.length - PAYLOAD_BYTES)
          state.seen.set({ nth, payload: noise.slice(from, from + PAYLOAD_BYTES) })
          emit({ key, nth })
        },
      })
      .to('counted', fileSink({ path: OUT, value: json() }))
  },
})
