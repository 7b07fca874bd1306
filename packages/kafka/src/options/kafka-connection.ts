// How a program says where its cluster is, and who it is there.

import { SluiceError, type TlsOptions } from '@sluice/core/connector'
import { brokerAddresses } from '../cluster/broker-addresses.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import type { SaslOptions } from '../wire/connection/security.ts'

/** Options of source and sink that say where the cluster is. */
export interface KafkaConnectionOptions {
  /** Some of the brokers: `'a:9092,b:9092'`, or a list. The others are found from there. */
  readonly brokers: string | readonly string[]
  /** True trusts whom the machine trusts; or certificates and keys, as texts in PEM form. */
  readonly tls?: boolean | TlsOptions
  /** Who this client is: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER. */
  readonly sasl?: SaslOptions
  /** Shown in the logs and quotas of brokers. `sluice` unless said. */
  readonly clientId?: string
}

/** Checked options; throws SETTING_INVALID. `of` is the function that a program calls. */
export function clusterOptionsOf(of: string, options: KafkaConnectionOptions): ClusterOptions {
  const { brokers, tls = false, sasl, clientId = 'sluice' } = options
  brokerAddresses(brokers)
  if (typeof clientId !== 'string' || !/^[A-Za-z0-9._-]{1,249}$/.test(clientId)) {
    throw new SluiceError('SETTING_INVALID', `${of}: clientId is '${String(clientId)}'.`, {
      hint: 'Letters, digits, dots, hyphens and underscores.',
    })
  }
  return {
    brokers,
    clientId,
    security: {
      ...(tls === false ? {} : { tls: tls === true ? {} : tls }),
      ...(sasl === undefined ? {} : { sasl }),
    },
  }
}

/** For `sluice plan`: no secret is in it. */
export function describedConnection({ brokers, tls, sasl }: KafkaConnectionOptions) {
  return {
    brokers,
    ...(tls === undefined || tls === false ? {} : { tls: true }),
    ...(sasl === undefined ? {} : { sasl: sasl.mechanism }),
  }
}
