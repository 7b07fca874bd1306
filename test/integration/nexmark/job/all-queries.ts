// Many queries in one job, over one stream of events and into one sink, so that a test starts and
// kills one job and not twenty.

import {
  type NexmarkParameters,
  nexmarkEventStream,
  nexmarkSink,
  nexmarkSource,
} from '../../../../bench/nexmark/nexmark-job.ts'
import { queries } from '../../../../bench/nexmark/queries.ts'
import { textParameters } from '../../../../bench/jobs/parameters.ts'
import { defineJob } from 'sluice'
import type { Row } from '../database.ts'
import { heldSource } from './held-source.ts'

/** A row as the sink writes it. */
export interface QueryRow {
  readonly query: string
  readonly row: Row
}

interface Parameters extends NexmarkParameters {
  /** Names of queries, with commas. */
  readonly QUERIES?: string
  /** How many events each reader hands over in this run; all unless given. */
  readonly HOLD_AFTER?: string
}

export default defineJob({
  name: 'nexmark',
  params: textParameters,
  checkpoint: { every: '100ms', minPause: '20ms' },
  restart: { strategy: 'none' },

  graph(job, parameters: Parameters) {
    const { HOLD_AFTER = 'Infinity' } = parameters
    const source = heldSource(nexmarkSource(parameters), Number(HOLD_AFTER))
    const events = nexmarkEventStream(job, parameters, source)
    const names = (parameters.QUERIES ?? '').split(',') as (keyof typeof queries)[]
    const [first, ...others] = names.map((query) =>
      queries[query](events).map((row: object) => ({ query, row })),
    )
    if (first === undefined) throw new Error('No query is named.')
    first.union(...others).to('results', nexmarkSink(parameters))
  },
})
