import { expect, test } from 'vitest'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import { simulatedBroker } from '../simulated-broker/simulated-broker.ts'
import type { SimulatedKafka } from '../simulated-broker/simulated-kafka.ts'
import { judgeCopy } from './judge-copy.ts'

const roomBytes = 1 << 16
const expected = new Map([['a', ['a:0', 'a:1', 'a:2']]])

/** A cluster with one output partition: each call writes a transaction of a producer of its own. */
function output(): {
  readonly cluster: SimulatedKafka
  write(values: readonly string[], end?: 'commit' | 'abort'): void
} {
  const { cluster } = simulatedBroker(2)
  cluster.topics.create('output', 1)
  const log = cluster.topics.log('output', 0)
  let producerId = 0
  const write = (values: readonly string[], end?: 'commit' | 'abort'): void => {
    producerId += 1
    const room = { batchBytes: roomBytes, recordBytes: roomBytes, messageBytes: roomBytes }
    const builder = new RecordBatchBuilder(room, new BufferPool(0))
    for (const value of values) builder.append(Buffer.from('a'), Buffer.from(value), undefined, 1)
    const seal = { producerId, producerEpoch: 0, baseSequence: 0 }
    log.append(builder.finish({ ...seal, isTransactional: true, compression: 'none' }), roomBytes)
    if (end !== undefined) log.appendMarker(end, producerId, 0, 0, 1)
  }
  return { cluster, write }
}

function judged(
  transactions: readonly (readonly [readonly string[], ('commit' | 'abort')?])[],
  gaveUp = false,
): string[] {
  const { cluster, write } = output()
  for (const [values, end] of transactions) write(values, end)
  cluster.close()
  return judgeCopy(cluster, 'output', expected, gaveUp)
}

test('a copy is right whatever was aborted', () => {
  const aborted = [['a:0', 'a:7'], 'abort'] as const
  expect(judged([[['a:0'], 'commit'], aborted, [['a:1', 'a:2'], 'commit']])).toEqual([])
})

test('what is lost, doubled, made up or out of order is told', () => {
  expect(judged([[['a:0', 'a:1'], 'commit']])).toEqual(['key a: lost a:2 of 1'])
  expect(judged([[['a:0', 'a:1', 'a:2', 'a:1'], 'commit']])).toEqual(['key a: doubled a:1 of 1'])
  expect(judged([[['a:0', 'a:1', 'a:2', 'a:9'], 'commit']])).toContain('key a: made up a:9')
  expect(judged([[['a:0', 'a:2', 'a:1'], 'commit']])).toEqual(['key a: out of order'])
})

test('a transaction that is left open holds up readers', () => {
  const left = judged([[['a:0', 'a:1', 'a:2'], 'commit'], [['a:0']]])
  expect(left).toEqual(['readers of output-0 are held up'])
})

test('a job that gave up may lack records, and nothing else', () => {
  expect(judged([[['a:0'], 'commit']], true)).toEqual([])
  expect(judged([[['a:0', 'a:0'], 'commit']], true)).toEqual(['key a: doubled a:0 of 1'])
})
