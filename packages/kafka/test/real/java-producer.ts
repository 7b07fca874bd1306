// Kafka's own producer: a script of producers with their steps, run in one go.

import { runJavaProgram } from './java-program.ts'
import type { SampleRecord } from './recording/sample-records.ts'

type JavaStep =
  | { readonly do: 'begin' | 'flush' | 'commit' | 'abort' }
  | {
      readonly do: 'send'
      readonly topic: string
      /** The partitioner chooses where none is named. */
      readonly partition?: number
      readonly records: readonly SampleRecord[]
    }

export interface JavaProducer {
  /** By the names of Kafka's own configuration. */
  readonly config: Readonly<Record<string, string | number | boolean>>
  readonly steps: readonly JavaStep[]
}

/** Runs the producers one after the other; records of one send or until a flush share batches. */
export async function produceWithJava(
  bootstrap: string,
  producers: readonly JavaProducer[],
): Promise<void> {
  const whole = { 'bootstrap.servers': bootstrap, 'linger.ms': 10_000, 'batch.size': 4_000_000 }
  const script = producers.map(({ config, steps }) => ({ config: { ...whole, ...config }, steps }))
  await runJavaProgram('write-records', { input: JSON.stringify(script) })
}
