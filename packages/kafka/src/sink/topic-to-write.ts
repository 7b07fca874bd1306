// The topic of a sink at the start of a job: it is there, or it is made where the program has asked
// for that, else the error says how to make it. Making it is safe against others who do the same at
// the same time, and it is done when every broker that answers knows the topic and who leads it.

import { SluiceError, type Timers } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import { errorOf, errorText } from '../wire/error-codes.ts'
import { metadata } from '../wire/message/metadata.ts'
import { createTopics } from '../wire/message/topics.ts'

/** How a topic is made; what is not said is as the brokers have it by default. */
export interface TopicToMake {
  readonly partitions?: number
  readonly replicas?: number
  /** Settings by the names that brokers give them: `{ 'retention.ms': '604800000' }`. */
  readonly config?: Readonly<Record<string, string>>
}

const alreadyThere = 36
const byDefault = -1
const createTimeoutMs = 30_000
const lookEveryMs = 100
/** A topic that somebody has made a moment ago is not known everywhere at once. */
const looksForMissing = 10
const looksForMade = 300
const lookDeadlineMs = 2_000

/** Undefined `make`: it has to be there. */
export async function ensureTopic(
  client: ClusterClient,
  timers: Timers,
  topic: string,
  make: TopicToMake | undefined,
): Promise<void> {
  const looks = make === undefined ? looksForMissing : 1
  for (let count = 1; ; count++) {
    if ((await client.topics([topic])).has(topic)) return
    if (count === looks) break
    await timers.sleep(lookEveryMs)
  }
  if (make === undefined) throw missing(topic)
  await makeTopic(client, topic, make)
  for (let count = 0; count < looksForMade; count++) {
    if (await isKnownToAll(client, topic)) return
    await timers.sleep(lookEveryMs)
  }
  throw new SluiceError(
    'KAFKA_REQUEST_FAILED',
    `Topic '${topic}' was made, and half a minute later it has no leader yet.`,
    { hint: 'Look at the brokers; the job tries again by itself.' },
  )
}

async function makeTopic(client: ClusterClient, topic: string, make: TopicToMake): Promise<void> {
  const { partitions = byDefault, replicas = byDefault, config = {} } = make
  const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
  const { topics } = await client.ask(
    { kind: 'any' },
    createTopics,
    {
      topics: [{ name: topic, numPartitions: partitions, replicationFactor: replicas, configs }],
      timeoutMs: createTimeoutMs,
    },
    {
      what: `Making topic '${topic}'`,
      codeOf: ({ topics: [made] }) => {
        const code = made?.errorCode ?? 0
        return ['retriable', 'refresh'].includes(errorOf(code).class) ? code : 0
      },
    },
  )
  const { errorCode = 0, errorMessage = null } = topics[0] ?? {}
  if (errorCode === 0 || errorCode === alreadyThere) return
  throw notMade(topic, errorCode, errorMessage)
}

/** A broker that does not answer now will have learned of it when it does. */
async function isKnownToAll(client: ClusterClient, topic: string): Promise<boolean> {
  const knows = async (nodeId: number): Promise<boolean> => {
    try {
      const { topics } = await client.ask(
        { kind: 'broker', nodeId },
        metadata,
        { topics: [{ name: topic }] },
        {
          what: `Asking broker ${nodeId} for topic '${topic}'`,
          codeOf: () => 0,
          deadlineMs: lookDeadlineMs,
        },
      )
      const found = topics[0]
      return found?.errorCode === 0 && found.partitions.every(({ leaderId }) => leaderId >= 0)
    } catch {
      return true
    }
  }
  const answers = await Promise.all([...client.map.brokers.keys()].map(knows))
  return answers.every(Boolean)
}

function missing(topic: string): SluiceError {
  return new SluiceError('KAFKA_TOPIC_MISSING', `Topic '${topic}' does not exist.`, {
    hint:
      `Make it: kafka-topics --create --topic ${topic} --partitions 4, or let the sink do it: ` +
      'createTopic: true. If it is there, the right to describe it is missing.',
  })
}

function notMade(topic: string, code: number, brokerSays: string | null): SluiceError {
  const more = brokerSays === null || brokerSays === '' ? '' : ` (${brokerSays})`
  const what = `Topic '${topic}' is missing and could not be made: ${errorText(code)}${more}.`
  if (errorOf(code).class === 'forbidden') {
    return new SluiceError('KAFKA_FORBIDDEN', what, {
      hint: `Grant CREATE on topic ${topic}, or make it: kafka-topics --create --topic ${topic}`,
    })
  }
  return new SluiceError('SETTING_INVALID', what, { hint: 'Mend createTopic of the sink.' })
}
