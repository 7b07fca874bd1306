// The topics that exactly-once rests on: our ledger, and the one in which the brokers keep
// transactions.

import type { ClusterClient } from '../../cluster/cluster-client.ts'
import { ledgerPartitions, ledgerTopic } from '../../transaction/ledger-record.ts'
import { errorText } from '../../wire/error-codes.ts'
import { createTopics } from '../../wire/message/topics.ts'
import {
  describeTopic,
  examineCopies,
  isHidden,
  isMissing,
  type TopicDescription,
} from './examine-topic.ts'
import { examineOperations } from './examine-rights.ts'
import { type Finding, finding } from './finding.ts'
import { readTopicSettings } from './read-settings.ts'

const about = `topic ${ledgerTopic}`
const transactionTopic = '__transaction_state'
const validationTimeoutMs = 10_000
const makeIt =
  `kafka-topics --create --topic ${ledgerTopic} --partitions ${ledgerPartitions} ` +
  '--config cleanup.policy=compact, with as many copies as your other topics have.'

export async function examineLedger(client: ClusterClient): Promise<readonly Finding[]> {
  const description = await describeTopic(client, ledgerTopic)
  if (description === undefined || isMissing(description)) return [await examineMaking(client)]
  if (isHidden(description)) {
    return [finding(about, 'wrong', 'this user may not see it', 'Grant READ, WRITE and DESCRIBE.')]
  }
  const { topicAuthorizedOperations: allowed, partitions } = description
  const count = partitions.length
  return [
    count < ledgerPartitions
      ? finding(
          about,
          'wrong',
          `has ${count} partitions; ${ledgerPartitions} are used`,
          `kafka-topics --alter --topic ${ledgerTopic} --partitions ${ledgerPartitions}`,
        )
      : finding(about, 'right', `has ${count} partitions`),
    await examineCompaction(client),
    examineOperations(about, allowed, ['READ', 'WRITE', 'DESCRIBE'], 'wrong'),
    ...(await examineCopies(client, about, description)),
  ]
}

/** Whether a job could make it; nothing is made. */
async function examineMaking(client: ClusterClient): Promise<Finding> {
  const { topics } = await client.ask(
    { kind: 'any' },
    createTopics,
    {
      topics: [{ name: ledgerTopic, numPartitions: ledgerPartitions, replicationFactor: -1 }],
      timeoutMs: validationTimeoutMs,
      validateOnly: true,
    },
    { what: `Asking whether ${ledgerTopic} may be made`, codeOf: () => 0 },
  )
  const code = topics[0]?.errorCode ?? 0
  return code === 0
    ? finding(about, 'right', 'is not there yet: the first exactly-once job makes it, and may')
    : finding(about, 'wrong', `is missing and may not be made: ${errorText(code)}`, makeIt)
}

async function examineCompaction(client: ClusterClient): Promise<Finding> {
  const settings = await readTopicSettings(client, ledgerTopic, ['cleanup.policy'])
  const policy = settings?.get('cleanup.policy')
  if (policy === undefined) {
    const hint = 'Grant DESCRIBE_CONFIGS on it.'
    return finding(about, 'unknown', 'its cleanup.policy may not be read', hint)
  }
  if (policy === 'compact') return finding(about, 'right', 'is compacted')
  return finding(
    about,
    'wrong',
    policy.includes('delete')
      ? `is cleaned up by '${policy}': proofs of commits are deleted when they are old`
      : `is cleaned up by '${policy}'`,
    `kafka-configs --alter --topic ${ledgerTopic} --add-config cleanup.policy=compact`,
  )
}

/** The brokers make it for the first transaction. */
export async function examineTransactionState(client: ClusterClient): Promise<readonly Finding[]> {
  const topic = `topic ${transactionTopic}`
  const description: TopicDescription | undefined = await describeTopic(client, transactionTopic)
  if (description === undefined || isMissing(description)) {
    return [
      finding(topic, 'right', 'is not there yet: the brokers make it for the first transaction'),
    ]
  }
  if (isHidden(description)) {
    const hint = 'Grant DESCRIBE on it to whoever runs this; jobs do not need it.'
    return [finding(topic, 'unknown', 'this user may not see it', hint)]
  }
  return await examineCopies(client, topic, description)
}
