// The topic of the ledger: made at the start where that is allowed, else an error says how.

import { SluiceError, type Timers } from '@sluice/core/connector'
import type { ClusterClient } from '../cluster/cluster-client.ts'
import type { TopicPlace } from '../cluster/cluster-map.ts'
import {
  checkLedgerPartitions,
  ledgerPartitions,
  ledgerTopic,
} from '../transaction/ledger-record.ts'
import { errorOf, errorText } from '../wire/error-codes.ts'
import { describeConfigs } from '../wire/message/describe-configs.ts'
import { createTopics } from '../wire/message/topics.ts'

const topicResource = 2
const unknownTopic = 3
const alreadyThere = 36
/** Half a minute in all. */
const mostLooks = 300
const lookEveryMs = 100
/** The broker's own number of replicas. */
const asConfigured = -1
const createTimeoutMs = 30_000

/** The topic with its partitions; makes it where it is missing. */
export async function ensureLedger(client: ClusterClient, timers: Timers): Promise<TopicPlace> {
  const known = await findLedger(client)
  if (known !== undefined) return known
  const { topics } = await client.ask(
    { kind: 'any' },
    createTopics,
    {
      topics: [
        {
          name: ledgerTopic,
          numPartitions: ledgerPartitions,
          replicationFactor: asConfigured,
          configs: [{ name: 'cleanup.policy', value: 'compact' }],
        },
      ],
      timeoutMs: createTimeoutMs,
    },
    {
      what: `Making topic ${ledgerTopic}`,
      codeOf: ({ topics: [made] }) => {
        const code = made?.errorCode ?? 0
        const { class: errorClass } = errorOf(code)
        return errorClass === 'retriable' || errorClass === 'refresh' ? code : 0
      },
    },
  )
  const code = topics[0]?.errorCode ?? 0
  if (code !== 0 && code !== alreadyThere) throw notMade(code)
  // A topic that was just made is not known everywhere at once.
  for (let looks = 0; looks < mostLooks; looks++) {
    const made = await findLedger(client)
    if (made !== undefined) return made
    await timers.sleep(lookEveryMs)
  }
  throw notMade(unknownTopic)
}

/** Undefined where there is none. */
export async function findLedger(client: ClusterClient): Promise<TopicPlace | undefined> {
  const found = (await client.topics([ledgerTopic])).get(ledgerTopic)
  if (found === undefined) return undefined
  checkLedgerPartitions(found.partitions.length)
  await checkKeepsForEver(client)
  return found
}

/** Records that are deleted by age are forgotten: what they prove would be done a second time. */
async function checkKeepsForEver(client: ClusterClient): Promise<void> {
  const { results } = await client.ask(
    { kind: 'any' },
    describeConfigs,
    {
      resources: [
        {
          resourceType: topicResource,
          resourceName: ledgerTopic,
          configurationKeys: ['cleanup.policy'],
        },
      ],
    },
    { what: `Reading how long ${ledgerTopic} keeps its records`, codeOf: () => 0 },
  )
  // Without the right to read it nothing is known; `sluice doctor` says so.
  const policy = results[0]?.configs.find(({ name }) => name === 'cleanup.policy')?.value
  if (policy === undefined || policy === null || policy === 'compact') return
  throw new SluiceError(
    'KAFKA_LEDGER_MISSING',
    `Topic ${ledgerTopic} deletes its records (cleanup.policy=${policy}), and they are proofs.`,
    {
      hint:
        `Change it: kafka-configs --alter --entity-type topics --entity-name ${ledgerTopic} ` +
        '--add-config cleanup.policy=compact',
    },
  )
}

function notMade(code: number): SluiceError {
  return new SluiceError(
    'KAFKA_LEDGER_MISSING',
    `Topic ${ledgerTopic} is missing and could not be made: ${errorText(code)}.`,
    {
      hint:
        `Make it: kafka-topics --create --topic ${ledgerTopic} --partitions ${ledgerPartitions} ` +
        '--config cleanup.policy=compact. The job needs READ, WRITE and DESCRIBE on it.',
    },
  )
}
