// Brokers: whether each is reached where the cluster says it is, speaks what is needed, and how
// long it lets transactions live.

import type { ClusterClient } from '../../cluster/cluster-client.ts'
import type { BrokerPlace } from '../../cluster/cluster-map.ts'
import { requestFailure } from '../../cluster/broker-refusal.ts'
import type { BrokerVersions } from '../../wire/connection/broker-versions.ts'
import { knownApis } from '../../wire/known-apis.ts'
import { type Finding, finding, findingOf } from './finding.ts'
import { readBrokerSettings } from './read-settings.ts'

const longestTimeout = 'transaction.max.timeout.ms'
/** Not spoken without signing in, or not needed where nobody signs in. */
const optionalApis = new Set(['SaslHandshake', 'SaslAuthenticate'])

export async function examineBrokers(
  client: ClusterClient,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const brokers = [...client.map.brokers.values()]
  const found = await Promise.all(brokers.map((broker) => examineBroker(client, broker, timeoutMs)))
  const one = finding(
    'cluster',
    'risk',
    'there is one broker: without it nothing is read or written, and its disk is the only copy',
  )
  return [...(brokers.length === 1 ? [one] : []), ...found.flat()]
}

async function examineBroker(
  client: ClusterClient,
  { nodeId, host, port }: BrokerPlace,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const about = `broker ${nodeId}`
  try {
    const { versions } = await client.session({ kind: 'broker', nodeId }, 'control')
    return [
      finding(about, 'right', `answers at ${host}:${port}`),
      spoken(about, versions),
      ...(await examineTimeout(client, about, nodeId, timeoutMs)),
    ]
  } catch (error) {
    const failure = requestFailure(`Connecting to ${about} at ${host}:${port}`, error)
    return [findingOf(about, failure, 'wrong')]
  }
}

function spoken(about: string, versions: BrokerVersions): Finding {
  const lacking = knownApis
    .filter(({ name }) => !optionalApis.has(name))
    .filter((api) => versions.newestOf(api) === undefined)
    .map(({ name }) => name)
  return lacking.length === 0
    ? finding(
        about,
        'right',
        `speaks all ${knownApis.length - optionalApis.size} requests that are used`,
      )
    : finding(
        about,
        'wrong',
        `does not speak ${lacking.join(', ')} in a version that is known here`,
      )
}

async function examineTimeout(
  client: ClusterClient,
  about: string,
  nodeId: number,
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const settings = await readBrokerSettings(client, nodeId, [longestTimeout])
  const longestMs = Number(settings?.get(longestTimeout))
  if (!Number.isSafeInteger(longestMs)) {
    return [
      finding(
        about,
        'unknown',
        `${longestTimeout} may not be read: a sink asks for what it was told and may be refused`,
        'Grant DESCRIBE_CONFIGS on the cluster.',
      ),
    ]
  }
  const seconds = `${Math.round(longestMs / 1000)} s`
  return [
    longestMs < timeoutMs
      ? finding(
          about,
          'risk',
          `transactions live for ${seconds}, and ${Math.round(timeoutMs / 1000)} s are asked for`,
          `Raise ${longestTimeout}, ask for less by transactionTimeout, or use commit: 'staged'.`,
        )
      : finding(about, 'right', `transactions may live for ${seconds}`),
  ]
}

/** The way of transactions, which is of the whole cluster. */
export async function examineFeatures(client: ClusterClient): Promise<Finding> {
  const { versions } = await client.session({ kind: 'any' }, 'control')
  const level = versions.featureLevel('transaction.version')
  return level >= 2
    ? finding(
        'cluster',
        'right',
        `transaction.version is ${level}: each transaction has its own epoch`,
      )
    : finding(
        'cluster',
        'risk',
        `transaction.version is ${level}: a sink asks for a new epoch before each transaction`,
        'Where the brokers know it: kafka-features upgrade --feature transaction.version=2.',
      )
}
