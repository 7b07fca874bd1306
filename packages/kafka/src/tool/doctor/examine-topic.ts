// A topic: whether its partitions have leaders and enough copies, and whether it can lose what was
// acknowledged.

import type { ClusterClient } from '../../cluster/cluster-client.ts'
import type { ResponseOf } from '../../wire/codec/define-api.ts'
import { metadata } from '../../wire/message/metadata.ts'
import { type Finding, finding } from './finding.ts'
import { readTopicSettings } from './read-settings.ts'

/** How a topic is described, with what this user may do there. */
export type TopicDescription = ResponseOf<typeof metadata>['topics'][number]

const unknownTopic = 3
const forbiddenTopic = 29

/** One that is missing, or must not be seen, has an error code. */
export async function describeTopic(
  client: ClusterClient,
  topic: string,
): Promise<TopicDescription | undefined> {
  const { topics } = await client.ask(
    { kind: 'any' },
    metadata,
    { topics: [{ name: topic }], includeTopicAuthorizedOperations: true },
    {
      what: `Describing topic '${topic}'`,
      codeOf: (answer) => {
        const code = answer.topics[0]?.errorCode ?? 0
        return code === unknownTopic || code === forbiddenTopic ? 0 : code
      },
    },
  )
  return topics[0]
}

export function isMissing({ errorCode }: TopicDescription): boolean {
  return errorCode === unknownTopic
}

export function isHidden({ errorCode }: TopicDescription): boolean {
  return errorCode === forbiddenTopic
}

/** Leaders, copies, and the settings that decide what a failure costs. */
export async function examineCopies(
  client: ClusterClient,
  about: string,
  description: TopicDescription,
): Promise<readonly Finding[]> {
  const { partitions } = description
  const settings = await readTopicSettings(client, description.name ?? '', [
    'min.insync.replicas',
    'unclean.leader.election.enable',
  ])
  const least = Math.min(...partitions.map(({ replicaNodes }) => replicaNodes.length))
  const minimum = Number(settings?.get('min.insync.replicas') ?? 1)
  const named = (chosen: typeof partitions): string =>
    chosen
      .map(({ partitionIndex }) => partitionIndex)
      .toSorted((left, right) => left - right)
      .slice(0, 10)
      .join(', ')
  const unled = partitions.filter(({ leaderId }) => leaderId < 0)
  const short = partitions.filter(({ isrNodes }) => isrNodes.length < minimum)
  const thin = partitions.filter(
    ({ isrNodes, replicaNodes }) =>
      isrNodes.length < replicaNodes.length && isrNodes.length >= minimum,
  )
  return [
    ...(unled.length > 0
      ? [finding(about, 'wrong', `no broker leads partition ${named(unled)}`)]
      : []),
    ...(short.length > 0
      ? [
          finding(
            about,
            'wrong',
            `too few copies of partition ${named(short)} are in sync: it takes no records`,
          ),
        ]
      : []),
    ...(thin.length > 0
      ? [finding(about, 'risk', `not all copies of partition ${named(thin)} are in sync`)]
      : []),
    copies(about, least, minimum, client.map.brokers.size, settings === undefined),
    ...(settings?.get('unclean.leader.election.enable') === 'true'
      ? [
          finding(
            about,
            'risk',
            'a broker that lags behind may become leader: what was committed is lost then',
            'Set unclean.leader.election.enable to false.',
          ),
        ]
      : []),
  ]
}

function copies(
  about: string,
  least: number,
  minimum: number,
  brokers: number,
  isHiddenSetting: boolean,
): Finding {
  const enough = brokers > 1 ? 'Use three copies and min.insync.replicas=2.' : undefined
  if (least <= 1) {
    return finding(about, 'risk', 'has one copy: the loss of a disk is the loss of records', enough)
  }
  if (isHiddenSetting) {
    const hint = 'Grant DESCRIBE_CONFIGS on the topic.'
    return finding(
      about,
      'unknown',
      `has ${least} copies; min.insync.replicas may not be read`,
      hint,
    )
  }
  if (minimum <= 1) {
    const message = `has ${least} copies, of which one is enough: what it alone took can be lost`
    return finding(about, 'risk', message, enough)
  }
  if (minimum >= least) {
    const message = `has ${least} copies and needs ${minimum}: when one is away nothing is written`
    return finding(about, 'risk', message, 'Let min.insync.replicas be one less than the copies.')
  }
  return finding(about, 'right', `has ${least} copies, of which ${minimum} must have a record`)
}
