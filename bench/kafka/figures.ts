// What the parts of the Kafka benchmark share: how a job or another client is run once.

import { join } from 'node:path'
import type { Scale } from '../harness/benchmark.ts'
import { runProgram, withFolder } from '../harness/child.ts'
import type { Figure } from '../harness/figure.ts'
import type { ClientOrder, ClientRate } from '../programs/kafka/rate-meter.ts'
import type { Throughput, ThroughputOrder } from '../programs/throughput.ts'
import type { BenchBroker } from './bench-broker.ts'

/** One part of the benchmark: the figures that it gives, and how. */
export interface KafkaPart {
  readonly figures: readonly string[]
  run(measuring: Measuring): AsyncIterable<Figure>
}

/** What a part measures, and on what. */
export interface Measuring {
  readonly broker: BenchBroker
  readonly wanted: ReadonlySet<string>
  readonly scale: Scale
  readonly tell: (line: string) => void
}

/** Where the clock starts, and where it stops. */
type Window = Pick<ThroughputOrder, 'warmUpMs' | 'warmUpRecords' | 'measureMs' | 'measureRecords'>

/** Records a second that a job takes from its source, on one worker. */
export async function jobRate(
  job: 'read' | 'write' | 'copy',
  { url }: BenchBroker,
  parameters: Readonly<Record<string, string>>,
  window: Window,
): Promise<number> {
  const { recordsPerSecond } = await withFolder((folder) => {
    const order: ThroughputOrder = {
      job: `kafka/${job}`,
      parameters: { BROKERS: url, ...parameters },
      settings: { parallelism: 1, checkpoint: { storage: join(folder, 'checkpoints') } },
      step: 'in',
      ...window,
    }
    return runProgram<Throughput>('throughput', order)
  })
  return recordsPerSecond
}

/** Records a second that another client reads or writes. */
export async function clientRate(
  does: 'read' | 'write',
  { url }: BenchBroker,
  order: Omit<ClientOrder, 'brokers'>,
): Promise<number> {
  const program = `kafka/${does}-with-client`
  const rate = await runProgram<ClientRate>(program, { ...order, brokers: url })
  return rate.recordsPerSecond
}

/** What being exact costs in each pair, in percent of the rate of the other way. */
export function costs(exact: readonly number[], loose: readonly number[]): number[] {
  return exact.map((rate, pair) => 100 * (1 - rate / (loose[pair] ?? rate)))
}

/** For the line that says how far it is. */
export function shownRate(recordsPerSecond: number): string {
  return `${Math.round(recordsPerSecond / 1000)} k records/s`
}
