// The broker's part of `sluice doctor`: everything that a job needs of a cluster, looked at before
// it needs it. Changes nothing. What cannot be asked is said to be unknown, never right.

import { SluiceError } from '@sluice/core/connector'
import { brokerAddresses } from '../../cluster/broker-addresses.ts'
import { ClusterClient, type ClusterContext } from '../../cluster/cluster-client.ts'
import type { ClusterOptions } from '../../cluster/cluster-options.ts'
import { examineBrokers, examineFeatures } from './examine-brokers.ts'
import { examineLedger, examineTransactionState } from './examine-ledger.ts'
import { examineOperations, examineTransactionRights } from './examine-rights.ts'
import { describeTopic, examineCopies, isHidden, isMissing } from './examine-topic.ts'
import { type Finding, finding, findingOf } from './finding.ts'

export interface ExaminationOptions {
  /** Whose transactional ids are asked after. */
  readonly job: string
  /** What the sink asks for. */
  readonly transactionTimeoutMs: number
  /** Topics that are read or written. */
  readonly topics: readonly string[]
}

export interface Examination {
  readonly clusterId: string | null
  readonly brokers: readonly { readonly nodeId: number; readonly address: string }[]
  readonly findings: readonly Finding[]
}

/** Rejects with nothing but a wrong address: what does not answer is found, not thrown. */
export async function examineCluster(
  context: ClusterContext,
  options: ClusterOptions,
  wanted: ExaminationOptions,
): Promise<Examination> {
  const addresses = brokerAddresses(options.brokers).map(({ host, port }) =>
    host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
  )
  const doors = await Promise.all(addresses.map((each) => knock(context, options, each)))
  const findings = doors.map(({ found }) => found)
  const open = doors.filter(({ isOpen }) => isOpen).map(({ address }) => address)
  if (open.length === 0) return { clusterId: null, brokers: [], findings }
  const client = new ClusterClient(context, { ...options, brokers: open })
  try {
    await client.topics([])
    const parts: readonly [about: string, part: () => Promise<readonly Finding[]>][] = [
      ['cluster', async () => [await examineFeatures(client)]],
      ['brokers', () => examineBrokers(client, wanted.transactionTimeoutMs)],
      ['ledger', () => examineLedger(client)],
      ['transactions', async () => [await examineTransactionRights(client, wanted.job)]],
      // After the question above, for which the brokers make it.
      ['transactions', () => examineTransactionState(client)],
      ...wanted.topics.map((topic): (typeof parts)[number] => [
        `topic ${topic}`,
        () => examineTopic(client, topic),
      ]),
    ]
    for (const [about, part] of parts) {
      try {
        findings.push(...(await part()))
      } catch (error) {
        findings.push(findingOf(about, error, 'unknown'))
      }
    }
    const brokers = [...client.map.brokers.values()].map(({ nodeId, host, port }) => ({
      nodeId,
      address: `${host}:${port}`,
    }))
    return { clusterId: client.map.clusterId, brokers, findings }
  } finally {
    client.close()
  }
}

/** Whether a broker answers at an address that was given, and takes us for who we are. */
async function knock(
  context: ClusterContext,
  options: ClusterOptions,
  address: string,
): Promise<{ readonly address: string; readonly isOpen: boolean; readonly found: Finding }> {
  const client = new ClusterClient(context, { ...options, brokers: address })
  try {
    await client.session({ kind: 'any' }, 'control')
    return { address, isOpen: true, found: finding(address, 'right', 'a broker answers') }
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    return { address, isOpen: false, found: findingOf(address, error, 'wrong') }
  } finally {
    client.close()
  }
}

async function examineTopic(client: ClusterClient, topic: string): Promise<readonly Finding[]> {
  const about = `topic ${topic}`
  const description = await describeTopic(client, topic)
  if (description === undefined || isMissing(description)) {
    return [finding(about, 'wrong', 'does not exist', 'Sluice makes no topics of yours: make it.')]
  }
  if (isHidden(description)) {
    return [finding(about, 'wrong', 'this user may not see it', 'Grant DESCRIBE, READ or WRITE.')]
  }
  const { partitions, topicAuthorizedOperations: allowed } = description
  return [
    finding(about, 'right', `has ${partitions.length} partitions`),
    // Which of them a job needs is not known here.
    examineOperations(about, allowed, ['READ', 'WRITE'], 'risk'),
    ...(await examineCopies(client, about, description)),
  ]
}
