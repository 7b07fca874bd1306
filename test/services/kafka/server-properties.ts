// The configuration of one broker as text, from what was asked for. Every node is broker and, where
// it has a vote, controller.

import type { KafkaListener, KafkaOptions } from './kafka-options.ts'

/** A broker's place in its cluster. */
export interface NodePlace {
  readonly nodeId: number
  /** By name of the listener, the plain one among them. */
  readonly ports: Readonly<Record<string, number>>
  /** Undefined where the node has no vote. */
  readonly controllerPort: number | undefined
  readonly dataFolder: string
}

/** Files of the cluster's certificates, as PEM. */
export interface CertificateFiles {
  /** Key and certificate of the brokers. */
  readonly server: string
  /** The certificate that clients have to show where they are asked. */
  readonly client: string
}

export const plainListener = 'PLAINTEXT'
const controllerListener = 'CONTROLLER'

type Properties = Record<string, string | number | boolean>

/** So that tests wait for seconds where a server would for minutes. */
const impatient: Properties = {
  'broker.session.timeout.ms': 1500,
  'broker.heartbeat.interval.ms': 300,
  'controller.quorum.election.timeout.ms': 500,
  'controller.quorum.fetch.timeout.ms': 1000,
  'controller.quorum.election.backoff.max.ms': 200,
  'group.initial.rebalance.delay.ms': 0,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
  'auto.create.topics.enable': false,
  'log.retention.ms': -1,
}

function internalTopics(brokers: number): Properties {
  const properties: Properties = {}
  for (const topic of ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic']) {
    properties[`${topic}.replication.factor`] = brokers
    properties[`${topic}.num.partitions`] = 4
    if (!topic.startsWith('offsets')) properties[`${topic}.min.isr`] = 1
  }
  return { ...properties, 'default.replication.factor': brokers, 'min.insync.replicas': 1 }
}

/** The text of `server.properties` of one node. */
export function serverProperties(
  options: KafkaOptions,
  node: NodePlace,
  nodes: readonly NodePlace[],
  certificates: CertificateFiles | undefined,
): string {
  const listeners = options.listeners ?? {}
  const voters = nodes.filter(({ controllerPort }) => controllerPort !== undefined)
  const doors = Object.entries(node.ports).map(([name, port]) => `${name}://127.0.0.1:${port}`)
  const votes = node.controllerPort !== undefined
  const controller = votes ? [`${controllerListener}://127.0.0.1:${node.controllerPort}`] : []
  const protocols = Object.entries(listeners).map(([name, each]) => `${name}:${protocolOf(each)}`)
  const plain = [plainListener, controllerListener].map((name) => `${name}:PLAINTEXT`)
  const properties: Properties = {
    'process.roles': votes ? 'broker,controller' : 'broker',
    'node.id': node.nodeId,
    'controller.quorum.voters': voters
      .map(({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`)
      .join(','),
    listeners: [...doors, ...controller].join(','),
    'advertised.listeners': doors.join(','),
    'listener.security.protocol.map': [...plain, ...protocols].join(','),
    'inter.broker.listener.name': plainListener,
    'controller.listener.names': controllerListener,
    'log.dirs': node.dataFolder,
    ...internalTopics(nodes.length),
    ...impatient,
    ...listenerProperties(options, certificates),
    ...options.properties,
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function protocolOf({ tls, sasl }: KafkaListener): string {
  if (sasl === undefined) return tls === undefined ? 'PLAINTEXT' : 'SSL'
  return tls === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL'
}

const modules = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  OAUTHBEARER: 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
}

function listenerProperties(
  { listeners = {}, users = {} }: KafkaOptions,
  certificates: CertificateFiles | undefined,
): Properties {
  const properties: Properties = {}
  for (const [name, { tls, sasl = [] }] of Object.entries(listeners)) {
    const prefix = `listener.name.${name.toLowerCase()}`
    if (tls !== undefined && certificates !== undefined) {
      properties[`${prefix}.ssl.keystore.type`] = 'PEM'
      properties[`${prefix}.ssl.keystore.location`] = certificates.server
      properties[`${prefix}.ssl.truststore.type`] = 'PEM'
      properties[`${prefix}.ssl.truststore.location`] = certificates.client
      properties[`${prefix}.ssl.client.auth`] = tls === 'mutual' ? 'required' : 'none'
    }
    if (sasl.length > 0) properties[`${prefix}.sasl.enabled.mechanisms`] = sasl.join(',')
    for (const mechanism of sasl) {
      // Only this mechanism keeps its users in the configuration.
      const given = mechanism === 'PLAIN' ? Object.entries(users) : []
      const known = given.map(([user, password]) => ` user_${user}="${password}"`).join('')
      const key = `${prefix}.${mechanism.toLowerCase()}.sasl.jaas.config`
      properties[key] = `${modules[mechanism]} required${known};`
    }
  }
  return properties
}
