// Bids at a steady rate over a shuffle. Each carries the time at which it was due, so that a source
// that falls behind makes the latency longer and not the rate lower.

import { defineJob, type Emit, generatorSource } from 'sluice'
import type { Sink } from 'sluice/connector'
import { type Bid, bidAt } from './bid.ts'
import { textParameters } from './parameters.ts'

interface DueBid extends Bid {
  /** Milliseconds of the clock that all threads share. */
  readonly dueMs: number
}

/** A line of the sink: latencies since the last one, as counts by step of the histogram. */
export interface LatencyLine {
  readonly latencies: readonly (readonly [step: number, count: number])[]
}

export const HISTOGRAM_STEP_MS = 0.05
const HISTOGRAM_STEPS = 40_000
const REPORT_EVERY_MS = 500
const AUCTIONS = 10_000

function sharedClockMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}

function dueBids(ratePerSecond: number) {
  /** When index 0 was due, as the first records of this thread say. */
  let startedMs = Number.NaN
  return generatorSource<DueBid>({
    ratePerSecond,
    generate(index) {
      if (Number.isNaN(startedMs)) startedMs = sharedClockMs() - (index * 1000) / ratePerSecond
      return { ...bidAt(index, AUCTIONS), dueMs: startedMs + (index * 1000) / ratePerSecond }
    },
  })
}

function latencySink(): Sink<DueBid> {
  return {
    kind: 'latency',
    guarantee: 'none',
    description: {},
    async createWriter({ output }) {
      let counts = new Uint32Array(HISTOGRAM_STEPS)
      let reportedMs = sharedClockMs()
      return {
        write(bids, _timestamps, from, length) {
          const nowMs = sharedClockMs()
          for (let at = from; at < length; at++) {
            const latencyMs = Math.max(0, nowMs - (bids[at] as DueBid).dueMs)
            const step = Math.min(HISTOGRAM_STEPS - 1, Math.floor(latencyMs / HISTOGRAM_STEP_MS))
            counts[step] = (counts[step] as number) + 1
          }
          if (nowMs - reportedMs >= REPORT_EVERY_MS) {
            reportedMs = nowMs
            const latencies = [...counts.entries()].filter(([, count]) => count > 0)
            output(JSON.stringify({ latencies } satisfies LatencyLine))
            counts = new Uint32Array(HISTOGRAM_STEPS)
          }
          return length - from
        },
        ready: async () => {},
        prepareCommit: async () => [],
        close: async () => {},
      }
    },
  }
}

export default defineJob({
  name: 'latency',
  params: textParameters,
  checkpoint: { every: '1s' },
  parallelism: 2,

  graph(job, { RATE = '50000' }) {
    job
      .from('bids', dueBids(Number(RATE)))
      .keyBy((bid) => bid.auction)
      .process('pass', { onRecord: (bid, _, emit: Emit<DueBid>) => emit(bid) })
      .to('latencies', latencySink())
  },
})
