// Topics, settings and the offsets of groups.

import { expect } from 'vitest'
import { describeConfigs } from '../../../src/wire/message/describe-configs.ts'
import { offsetCommit, offsetFetch } from '../../../src/wire/message/group-offsets.ts'
import { metadata } from '../../../src/wire/message/metadata.ts'
import { createTopics, deleteTopics } from '../../../src/wire/message/topics.ts'
import { BrokerClient } from '../broker-client.ts'
import type { BrokerUnderTest } from '../broker-under-test.ts'

const timeoutMs = 5_000

export const topicCases = [
  {
    name: 'a topic is made once, with the partitions asked for',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const name = broker.unique('made')
      const create = async (fields: object, validateOnly = false) => {
        const topics = [{ name, numPartitions: 2, replicationFactor: 1, ...fields }]
        const { topics: made } = await client.ask(createTopics, 7, {
          topics,
          timeoutMs,
          validateOnly,
        })
        return made[0]?.errorCode
      }
      const known = async () => (await describe(client, { name }))?.errorCode
      expect(await create({}, true)).toBe(0)
      expect(await known()).toBe(3)
      expect(await create({ numPartitions: 0 })).toBe(37)
      expect(await create({ name: 'not a name' })).toBe(17)
      expect(await create({ replicationFactor: 9 })).toBe(38)
      expect(await create({ configs: [{ name: 'cleanup.policy', value: 'compact' }] })).toBe(0)
      expect(await create({})).toBe(36)
      await client.settles(known, 0)
      expect((await describe(client, { name }))?.partitions).toHaveLength(2)
    },
  },
  {
    name: 'a topic that is made anew is another one',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const { topic, topicId } = client
      await client.sendPlain({ value: 'x' })
      const remove = async (name: string | null, id?: string) => {
        const topics = [{ name, ...(id === undefined ? {} : { topicId: id }) }]
        return (await client.ask(deleteTopics, 6, { topics, timeoutMs })).responses[0]?.errorCode
      }
      expect(await remove(topic)).toBe(0)
      await client.settles(() => remove(topic), 3)
      expect(await remove(null, topicId)).toBe(100)
      await client.settles(async () => (await client.fetch()).errorCode, 100)
      await client.settles(async () => (await describe(client, { name: topic }))?.errorCode, 3)
      const again = await client.createTopic(topic, 1)
      expect(again).not.toBe(topicId)
      expect((await client.fetch()).errorCode).toBe(100)
      expect(await client.ends()).toEqual([0, 0])
      await client.settles(async () => (await describe(client, { name: topic }))?.topicId, again)
      await client.settles(async () => (await client.fetch({ topicId: again })).errorCode, 0)
      expect(await describe(client, { name: null, topicId: again })).toMatchObject({ name: topic })
      expect(await describe(client, { name: null, topicId })).toMatchObject({
        errorCode: 100,
        name: null,
      })
      expect(await remove(null, again)).toBe(0)
    },
  },
  {
    name: 'settings of topics and brokers are told',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker)
      const ask = async (resourceType: number, resourceName: string, key: string) => {
        const resources = [{ resourceType, resourceName, configurationKeys: [key] }]
        const { results } = await client.ask(describeConfigs, 4, { resources })
        return [results[0]?.errorCode, results[0]?.configs.map(({ value }) => value).join()]
      }
      expect(await ask(4, '1', 'transaction.max.timeout.ms')).toEqual([0, '900000'])
      expect(await ask(4, '1', 'no.such.setting')).toEqual([0, ''])
      expect(await ask(2, client.topic, 'cleanup.policy')).toEqual([0, 'delete'])
      expect(await ask(2, client.topic, 'max.message.bytes')).toEqual([0, '1048588'])
      expect((await ask(2, broker.unique('none'), 'cleanup.policy'))[0]).toBe(3)
    },
  },
  {
    name: 'a group keeps the offsets that it was given, with their texts',
    async run(broker: BrokerUnderTest) {
      const client = await BrokerClient.open(broker, 2)
      const groupId = broker.unique('group')
      await client.coordinator(0, groupId)
      const commit = async (partitionIndex: number, committedOffset: number) => {
        const position = { committedOffset, committedLeaderEpoch: 0, committedMetadata: 'text' }
        const partitions = [{ partitionIndex, ...position }]
        const topics = [{ name: client.topic, partitions }]
        const answer = await client.ask(offsetCommit, 8, { groupId, topics })
        return answer.topics[0]?.partitions[0]?.errorCode ?? -1
      }
      const found = async (names: readonly string[] | null, id = groupId) => {
        const topics = names?.map((name) => ({ name, partitionIndexes: [0, 1] })) ?? null
        const groups = [{ groupId: id, topics }]
        const answer = await client.ask(offsetFetch, 8, { groups, requireStable: true })
        const [group] = answer.groups
        expect(group?.errorCode).toBe(0)
        return group?.topics.map(({ name, partitions }) => ({
          name,
          offsets: partitions.map((each) => [
            each.partitionIndex,
            each.committedOffset,
            each.committedLeaderEpoch,
            each.metadata,
            each.errorCode,
          ]),
        }))
      }
      let code = 14
      await client.until(
        async () => (code = await commit(0, 2)) !== 14 && code !== 15 && code !== 16,
      )
      expect(code).toBe(0)
      expect(await commit(9, 2)).toBe(3)
      const known = [0, 2, 0, 'text', 0]
      expect(await found(null)).toEqual([{ name: client.topic, offsets: [known] }])
      const none = [1, -1, -1, '', 0]
      expect(await found([client.topic])).toEqual([{ name: client.topic, offsets: [known, none] }])
      expect(await commit(0, 7)).toBe(0)
      expect(await found(null)).toEqual([{ name: client.topic, offsets: [[0, 7, 0, 'text', 0]] }])
      expect(await found(null, broker.unique('other'))).toEqual([])
    },
  },
]

async function describe(
  client: BrokerClient,
  topic: { readonly name: string | null; readonly topicId?: string },
) {
  const { topics } = await client.ask(metadata, 12, { topics: [topic] })
  return topics[0]
}
