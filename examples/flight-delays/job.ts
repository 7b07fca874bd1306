// Delays per airport and day, from three million real flights: event-time windows with keyed state,
// files in, files out, exactly once.
//
//   npx sluice run examples/flight-delays/job.ts --param FLIGHTS=flights.parquet --param OUT=./out

import { fileSink, fileSource, parquet } from '@sluice/files'
import { count, defineJob, json, max, mean, min, tumbling } from 'sluice'
import { z } from 'zod'

interface Flight {
  readonly date: Date
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

export default defineJob({
  name: 'flight-delays',
  params: z.object({ FLIGHTS: z.string(), OUT: z.string() }),
  checkpoint: { every: '1s' },
  parallelism: 2,

  graph(job, { FLIGHTS, OUT }) {
    job
      .from('flights', fileSource({ path: FLIGHTS, format: parquet<Flight>(), ordered: 'time' }), {
        eventTime: (flight) => flight.date.getTime(),
      })
      .keyBy((flight) => flight.origin)
      .window(tumbling('1d'))
      .aggregate('delays-per-day', {
        flights: count(),
        meanDelay: mean((flight) => flight.delay),
        worstDelay: max((flight) => flight.delay),
        shortest: min((flight) => flight.distance),
      })
      .map(({ key, window, value }) => ({
        airport: key,
        day: new Date(window.start).toISOString().slice(0, 10),
        ...value,
      }))
      .to('delays', fileSink({ path: OUT, value: json() }))
  },
})
