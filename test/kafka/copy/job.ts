// Copies a topic to another, exactly once. To be killed in the middle it takes its time, and its
// writers end the whole process where a test wants that.

import { kafkaSink, kafkaSource } from '@sluice/kafka'
import { defineJob, text } from 'sluice'
import type { Sink } from 'sluice/connector'
import { z } from 'zod'

const cell = new Int32Array(new SharedArrayBuffer(4))

/** A millisecond of rest after so many records; none for 0. */
function paced(recordsPerMs: number): (value: string) => string {
  let passed = 0
  return (value) => {
    passed++
    if (recordsPerMs > 0 && passed % recordsPerMs === 0) Atomics.wait(cell, 0, 0, 1)
    return value
  }
}

/** Kills the process between a snapshot of a writer and its acknowledgement; never for 0. */
function dyingWhenPrepared(sink: Sink<string>, nth: number): Sink<string> {
  if (nth === 0) return sink
  return {
    ...sink,
    async createWriter(context) {
      const writer = await sink.createWriter(context)
      let prepared = 0
      const prepareCommit = writer.prepareCommit.bind(writer)
      writer.prepareCommit = async (checkpoint) => {
        const committables = await prepareCommit(checkpoint)
        if (committables.length > 0) prepared++
        if (prepared === nth) process.kill(process.pid, 'SIGKILL')
        return committables
      }
      return writer
    },
  }
}

export default defineJob({
  // A job's name is in its transactional ids, so each test has one of its own.
  name: process.env['SLUICE_COPY_JOB'] ?? 'copy',
  params: z.object({
    BROKERS: z.string(),
    FROM: z.string(),
    TO: z.string(),
    COMMIT: z.enum(['transaction', 'staged']),
    TRANSACTION_TIMEOUT_SECONDS: z.coerce.number(),
    RECORDS_PER_MS: z.coerce.number(),
    DIES_WHEN_PREPARED: z.coerce.number(),
  }),
  checkpoint: { every: '50ms' },

  graph(job, params) {
    const { BROKERS: brokers, FROM: from, TO: to, COMMIT: commit } = params
    const sink = kafkaSink<string>({
      brokers,
      topic: to,
      key: (value) => value.slice(0, value.indexOf(':')),
      value: text(),
      commit,
      transactionTimeout: `${params.TRANSACTION_TIMEOUT_SECONDS}s`,
    })
    job
      .from(
        'in',
        kafkaSource({
          brokers,
          topic: from,
          value: text(),
          stopAt: 'latest',
          fetch: { partitionBytes: 2_000 },
        }),
      )
      .map(paced(params.RECORDS_PER_MS))
      .to('out', dyingWhenPrepared(sink, params.DIES_WHEN_PREPARED))
  },
})
