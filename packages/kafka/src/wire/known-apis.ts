// Every API that we speak, by its number: for headers, whose form depends on it, and for a
// simulated broker, which has to know what came.

import type { AnyApi } from './codec/define-api.ts'
import { apiVersions } from './message/api-versions.ts'
import { describeCluster } from './message/describe-cluster.ts'
import { describeConfigs } from './message/describe-configs.ts'
import { fetch } from './message/fetch.ts'
import { findCoordinator } from './message/find-coordinator.ts'
import { offsetCommit, offsetFetch } from './message/group-offsets.ts'
import { metadata } from './message/metadata.ts'
import { listOffsets, offsetForLeaderEpoch } from './message/offsets.ts'
import { produce } from './message/produce.ts'
import { saslAuthenticate, saslHandshake } from './message/sasl.ts'
import { createTopics, deleteTopics } from './message/topics.ts'
import {
  describeProducers,
  describeTransactions,
  listTransactions,
} from './message/transaction-listing.ts'
import { addPartitionsToTxn, endTxn, initProducerId } from './message/transactions.ts'

export const knownApis: readonly AnyApi[] = [
  apiVersions,
  metadata,
  produce,
  fetch,
  listOffsets,
  offsetForLeaderEpoch,
  findCoordinator,
  initProducerId,
  addPartitionsToTxn,
  endTxn,
  describeTransactions,
  listTransactions,
  describeProducers,
  describeConfigs,
  createTopics,
  deleteTopics,
  offsetCommit,
  offsetFetch,
  describeCluster,
  saslHandshake,
  saslAuthenticate,
]

const byKey = new Map(knownApis.map((api) => [api.key, api]))

/** Undefined for a number that we do not speak. */
export function apiOf(key: number): AnyApi | undefined {
  return byKey.get(key)
}
