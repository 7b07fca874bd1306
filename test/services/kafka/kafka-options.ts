// What can be asked of a Kafka that is started for a test.

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

/** A further door of each broker, beside the plain one. */
export interface KafkaListener {
  /** With the certificate of the cluster; `mutual` asks the client for one as well. */
  readonly tls?: 'server' | 'mutual'
  readonly sasl?: readonly SaslMechanism[]
}

export const kafkaVersions = ['4.4.0', '4.2.1'] as const

export type KafkaVersion = (typeof kafkaVersions)[number]

/** The newest, unless the environment asks for another one. */
export function defaultKafkaVersion(): KafkaVersion {
  const wanted = process.env['SLUICE_KAFKA_VERSION'] ?? kafkaVersions[0]
  const version = kafkaVersions.find((each) => each === wanted)
  if (version !== undefined) return version
  throw new Error(`SLUICE_KAFKA_VERSION is ${wanted}; it may be ${kafkaVersions.join(' or ')}.`)
}

export interface KafkaOptions {
  readonly version?: KafkaVersion
  /** One, or a cluster: of three each may die, of two the second. */
  readonly brokers?: 1 | 2 | 3
  /** What `transaction.version` is finalized at: 1 is the way of Kafka before 4.0. */
  readonly transactionVersion?: 1 | 2
  /** Settings of the server that take precedence over those of the tests. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
  /** By name, in capitals. Without any there is the plain one alone. */
  readonly listeners?: Readonly<Record<string, KafkaListener>>
  /** Names and passwords of those who may log in where a listener asks. */
  readonly users?: Readonly<Record<string, string>>
  /** Port of the plain listener of a single broker; a free one if none is given. */
  readonly port?: number
  /** Compiled for a quick start, which tests want, or for throughput, with more memory. */
  readonly tunedFor?: 'start' | 'throughput'
  /** Further options of Java, which take precedence. */
  readonly javaOptions?: readonly string[]
}
