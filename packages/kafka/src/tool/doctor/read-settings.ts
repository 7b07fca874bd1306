// Settings of brokers and topics, as far as this user may read them.

import { SluiceError } from '@sluice/core/connector'
import type { ClusterClient, Target } from '../../cluster/cluster-client.ts'
import { describeConfigs } from '../../wire/message/describe-configs.ts'

/** By name; undefined where the user has no right to read them. */
export type Settings = ReadonlyMap<string, string> | undefined

export async function readBrokerSettings(
  client: ClusterClient,
  nodeId: number,
  names: readonly string[],
): Promise<Settings> {
  return await read(client, { kind: 'broker', nodeId }, brokerResource, String(nodeId), names)
}

export async function readTopicSettings(
  client: ClusterClient,
  topic: string,
  names: readonly string[],
): Promise<Settings> {
  return await read(client, { kind: 'any' }, topicResource, topic, names)
}

const topicResource = 2
const brokerResource = 4

async function read(
  client: ClusterClient,
  target: Target,
  resourceType: number,
  resourceName: string,
  names: readonly string[],
): Promise<Settings> {
  try {
    const { results } = await client.ask(
      target,
      describeConfigs,
      { resources: [{ resourceType, resourceName, configurationKeys: names }] },
      {
        what: `Reading settings of ${resourceName}`,
        codeOf: (answer) => answer.results[0]?.errorCode ?? 0,
      },
    )
    return new Map(
      (results[0]?.configs ?? []).flatMap(({ name, value }) =>
        value === null ? [] : [[name, value]],
      ),
    )
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'KAFKA_FORBIDDEN') return undefined
    throw error
  }
}
