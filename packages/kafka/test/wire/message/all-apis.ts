// Every API that is declared, for tests that hold for each.

import type { AnyApi } from '../../../src/wire/codec/define-api.ts'
import { apiVersions } from '../../../src/wire/message/api-versions.ts'
import { describeCluster } from '../../../src/wire/message/describe-cluster.ts'
import { describeConfigs } from '../../../src/wire/message/describe-configs.ts'
import { fetch } from '../../../src/wire/message/fetch.ts'
import { findCoordinator } from '../../../src/wire/message/find-coordinator.ts'
import { offsetCommit, offsetFetch } from '../../../src/wire/message/group-offsets.ts'
import { metadata } from '../../../src/wire/message/metadata.ts'
import { listOffsets, offsetForLeaderEpoch } from '../../../src/wire/message/offsets.ts'
import { produce } from '../../../src/wire/message/produce.ts'
import { saslAuthenticate, saslHandshake } from '../../../src/wire/message/sasl.ts'
import { createTopics, deleteTopics } from '../../../src/wire/message/topics.ts'
import {
  describeProducers,
  describeTransactions,
  listTransactions,
} from '../../../src/wire/message/transaction-listing.ts'
import {
  addPartitionsToTxn,
  endTxn,
  initProducerId,
} from '../../../src/wire/message/transactions.ts'

export const allApis: readonly AnyApi[] = [
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
