// Kafka on a local broker of its own: reading, writing, copying, and how long a commit takes,
// beside kafkajs and the stock client of @platformatic/kafka in the same run. Data is there before
// a clock starts.

import { kafka as service } from '../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../test/services/provisioned.ts'
import type { Benchmark } from '../harness/benchmark.ts'
import { BenchBroker } from './bench-broker.ts'
import { committing } from './committing.ts'
import { copying } from './copying.ts'
import { reading } from './reading.ts'
import { writing } from './writing.ts'

const parts = [reading, writing, copying, committing]

export const kafka: Benchmark = {
  figures: parts.flatMap(({ figures }) => figures),

  async *run(all, scale, tell) {
    const why = await whyUnavailable(service)
    if (why !== undefined) {
      tell(`kafka: left out, ${why}`)
      return
    }
    const broker = await BenchBroker.start()
    try {
      for (const part of parts) {
        const wanted = new Set(part.figures.filter((name) => all.has(name)))
        if (wanted.size > 0) yield* part.run({ broker, wanted, scale, tell })
      }
    } finally {
      await broker.stop()
    }
  },
}
