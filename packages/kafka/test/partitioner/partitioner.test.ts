// Partitions agree with Java's client, key by key.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { murmur2 } from '../../src/partitioner/murmur2.ts'
import { KeylessPartitioner, partitionOfKey } from '../../src/partitioner/partitioner.ts'

/** From Kafka's own UtilsTest. */
const vectors: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test.each(vectors)('the hash of %s is the one of Java', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash)
})

test('a hash below zero loses its sign and not its value, as in Java', () => {
  expect(murmur2(Buffer.from('21'))).toBeLessThan(0)
  expect(partitionOfKey(Buffer.from('21'), 1000)).toBe((-973932308 & 0x7fffffff) % 1000)
})

test('round robin goes to every partition in turn, from where it is told to begin', () => {
  const partitioner = new KeylessPartitioner('round-robin', 2, 1000)
  expect(Array.from({ length: 5 }, () => partitioner.next(4, 10))).toEqual([2, 3, 0, 1, 2])
})

test('sticky stays with a partition until a batch is full', () => {
  const partitioner = new KeylessPartitioner('sticky', 5, 100)
  const partitions = Array.from({ length: 8 }, () => partitioner.next(3, 40))
  expect(partitions).toEqual([2, 2, 2, 0, 0, 0, 1, 1])
})

test('partitions that appear while records are written are used from then on', () => {
  const partitioner = new KeylessPartitioner('round-robin', 0, 0)
  expect(Array.from({ length: 3 }, () => partitioner.next(2, 1))).toEqual([0, 1, 0])
  expect(Array.from({ length: 4 }, () => partitioner.next(4, 1))).toEqual([1, 2, 3, 0])
})

const recorded = JSON.parse(
  readFileSync(new URL('../records/fixtures/partitions.json', import.meta.url), 'utf8'),
) as { partitions: Readonly<Record<string, string>> }

test.each(Object.keys(recorded.partitions).map(Number))(
  'with %d partitions, 10,000 keys go where the partitioner of Kafka puts them',
  (count) => {
    const bytes = Buffer.from(recorded.partitions[count] as string, 'base64')
    const found = Array.from({ length: 10_000 }, (_, n) =>
      partitionOfKey(
        createHash('sha512')
          .update(`key ${n}`)
          .digest()
          .subarray(0, n % 41),
        count,
      ),
    )
    expect(found).toEqual([...bytes])
  },
)
