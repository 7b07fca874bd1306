import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyMap, placeOf, withAnswer, withNews } from '../../src/cluster/cluster-map.ts'
import type { ResponseOf } from '../../src/wire/codec/define-api.ts'
import { metadata } from '../../src/wire/message/metadata.ts'

const firstId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const secondId = 'AAAAAAAAAAAAAAAAAAAAAg'

/** An answer about the one topic, with the leader epochs of its partitions; leader = epoch. */
function answer(
  epochs: readonly number[],
  topicId = firstId,
  errorCode = 0,
): ResponseOf<typeof metadata> {
  const bytes = metadata.response.encode(12, {
    brokers: [{ nodeId: 1, host: 'host', port: 9092 }],
    topics: [
      {
        errorCode,
        name: 'orders',
        topicId,
        partitions: epochs
          .map((epoch, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId: epoch,
            leaderEpoch: epoch,
            replicaNodes: [],
            isrNodes: [],
          }))
          .reverse(),
      },
    ],
  })
  return metadata.response.decode(12, bytes)
}

function epochsOf(map: typeof emptyMap): readonly number[] | undefined {
  return map.topics.get('orders')?.partitions.map(({ leaderEpoch }) => leaderEpoch)
}

describe('The map of a cluster', () => {
  test('has the newest leader of each partition, in whatever order the answers come', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('answer'), epochs: fc.array(fc.nat(9), { maxLength: 4 }) }),
      fc.record({ kind: fc.constant('news'), partition: fc.nat(4), epoch: fc.nat(9) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let map = withAnswer(emptyMap, answer([]))
        const newest: number[] = []
        for (const each of steps) {
          if ('epochs' in each) {
            map = withAnswer(map, answer(each.epochs))
            for (const [partition, epoch] of each.epochs.entries()) {
              newest[partition] = Math.max(newest[partition] ?? 0, epoch)
            }
          } else {
            const { partition, epoch } = each
            const news = { topicId: firstId, partition, leader: epoch, leaderEpoch: epoch }
            map = withNews(map, { ...news, brokers: [] })
            const known = newest[partition]
            if (known !== undefined) newest[partition] = Math.max(known, epoch)
          }
          expect(epochsOf(map)).toEqual(newest)
        }
        for (const [partition, epoch] of newest.entries()) {
          expect(placeOf(map, firstId, partition)?.leader).toBe(epoch)
        }
      }),
    )
  })

  test('forgets a topic that is gone, and takes one that was made anew for another', () => {
    const known = withAnswer(emptyMap, answer([7, 7]))
    expect(withAnswer(known, answer([], firstId, 3)).topics.size).toBe(0)
    expect(epochsOf(withAnswer(known, answer([], firstId, 5)))).toEqual([7, 7])
    const anew = withAnswer(known, answer([0], secondId))
    expect(epochsOf(anew)).toEqual([0])
    expect(placeOf(anew, firstId, 0)).toBeUndefined()
    const late = { topicId: firstId, partition: 0, leader: 9, leaderEpoch: 9, brokers: [] }
    expect(withNews(anew, late).topics).toEqual(anew.topics)
  })

  test('learns of brokers that an answer names', () => {
    const broker = { nodeId: 8, host: 'new', port: 1, rack: null }
    const news = { topicId: firstId, partition: 0, leader: 8, leaderEpoch: 8, brokers: [broker] }
    const map = withNews(withAnswer(emptyMap, answer([7])), news)
    expect(map.brokers.get(8)).toEqual(broker)
    expect(placeOf(map, firstId, 0)).toMatchObject({ leader: 8, leaderEpoch: 8 })
  })
})
