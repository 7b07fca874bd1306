// What is wrong with a copy, if anything: records that are lost, doubled, made up or out of order
// for a reader of committed records, and what of ours is still open.

import type { SimulatedKafka } from '../simulated-broker/simulated-kafka.ts'
import { committedOutput } from './committed-output.ts'

/** `expected`: by key, in order. A job that has given up may lack records; nothing else. */
export function judgeCopy(
  cluster: SimulatedKafka,
  topic: string,
  expected: ReadonlyMap<string, readonly string[]>,
  gaveUp: boolean,
): string[] {
  const violations: string[] = []
  const seen = new Map<string, string[]>()
  for (const { log } of cluster.topics.get(topic).partitions) {
    for (const { key, value } of committedOutput(log)) {
      seen.set(key, [...(seen.get(key) ?? []), value])
    }
  }
  for (const key of new Set([...expected.keys(), ...seen.keys()])) {
    const wanted = expected.get(key) ?? []
    const found = seen.get(key) ?? []
    const foundOnce = new Set(found)
    const madeUp = found.filter((value) => !wanted.includes(value))
    const lost = wanted.filter((value) => !foundOnce.has(value))
    if (madeUp.length > 0) violations.push(`key ${key}: made up ${madeUp.slice(0, 5).join()}`)
    if (found.length > foundOnce.size) {
      const doubled = found.filter((value, index) => found.indexOf(value) !== index)
      violations.push(`key ${key}: doubled ${doubled.slice(0, 5).join()} of ${doubled.length}`)
    }
    if (lost.length > 0 && !gaveUp) {
      violations.push(`key ${key}: lost ${lost.slice(0, 5).join()} of ${lost.length}`)
    }
    const inOrder = wanted.filter((value) => foundOnce.has(value))
    if (found.length === inOrder.length && found.join() !== inOrder.join()) {
      violations.push(`key ${key}: out of order`)
    }
  }
  return gaveUp ? violations : [...violations, ...stillOpen(cluster)]
}

function stillOpen(cluster: SimulatedKafka): string[] {
  const ended = new Set(['Empty', 'CompleteCommit', 'CompleteAbort'])
  const open = [...cluster.transactions.transactions].filter(({ state }) => !ended.has(state))
  const held = cluster.topics.all.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ log }, index) =>
      log.lastStableOffset < log.highWatermark ? [`${name}-${index}`] : [],
    ),
  )
  return [
    ...open.map(({ id, state }) => `transaction ${id} is left ${state}`),
    ...held.map((partition) => `readers of ${partition} are held up`),
  ]
}
