import { expect, test } from 'vitest'
import { partitionOfKey } from '../../src/partitioner/partitioner.ts'
import { WriterUnderTest } from './writer-under-test.ts'

const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`)

function inOrder(numbers: readonly number[]): number[] {
  return numbers.toSorted((one, other) => one - other)
}

function partitionsFor(count: number): number[] {
  const chosen = keys.map((key) => partitionOfKey(new TextEncoder().encode(key), count))
  return inOrder([...new Set(chosen)])
}

test('partitions that a topic gets are written from the next transaction on', async () => {
  let [asked, there, known] = [0, 2, 2]
  const under = new WriterUnderTest(
    {
      partitionCountOf: () => Promise.resolve(there),
      knownPartitionCountOf: () => known,
      refreshLeaders: async () => {
        asked += 1
        known = there
      },
    },
    (value) => value,
  )
  const written = async (checkpoint: number): Promise<number[]> => {
    const [committable] = await under.prepare(checkpoint)
    under.writer.checkpointCompleted(checkpoint)
    return inOrder((committable?.partitions ?? []).map(({ partition }) => partition))
  }
  for (const key of keys) await under.write(key)
  there = 5
  await under.world.time.pass(310_000)
  expect(asked).toBe(1)
  // In one transaction a key stays where it is.
  for (const key of keys) await under.write(key)
  expect(await written(1)).toEqual(partitionsFor(2))
  for (const key of keys) await under.write(key)
  expect(await written(2)).toEqual(partitionsFor(5))
  there = 1
  await under.world.time.pass(310_000)
  expect(await written(3)).toEqual([])
  for (const key of keys) await under.write(key)
  expect(await written(4)).toEqual(partitionsFor(5))
  await under.writer.close()
})

test('a broker that does not say what partitions there are ends nothing', async () => {
  const under = new WriterUnderTest({ refreshLeaders: () => Promise.reject(new Error('away')) })
  await under.write('first')
  await under.checkpoint(1)
  await under.world.time.pass(700_000)
  await under.write('second')
  expect(await under.checkpoint(2)).toBe(1)
  await under.writer.close()
})
