// Fetch, in the versions that name topics by id.

import { defineApi } from '../codec/define-api.ts'
import {
  int16,
  int32,
  int64,
  int8,
  list,
  nullable,
  records,
  string,
  uuid,
} from '../codec/field-type.ts'
import { optional, structure, tagged, taggedIfKnown, until } from '../codec/structure.ts'
import { leaderIdAndEpoch, nodeEndpoints } from './leader-change.ts'

export const fetch = defineApi({
  name: 'Fetch',
  key: 1,
  versions: [13, 17],
  flexibleSince: 12,
  request: {
    clusterId: tagged(0, 12, nullable(string), null),
    replicaId: until(14, int32, -1),
    replicaState: taggedIfKnown(
      1,
      15,
      structure({ replicaId: optional(int32, -1), replicaEpoch: optional(int64, -1) }),
    ),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    /** 0: all records; 1: committed ones, up to the last stable offset. */
    isolationLevel: int8,
    sessionId: optional(int32, 0),
    /** -1: no session. */
    sessionEpoch: optional(int32, -1),
    topics: list(
      structure({
        topicId: uuid,
        partitions: list(
          structure({
            partition: int32,
            currentLeaderEpoch: optional(int32, -1),
            fetchOffset: int64,
            lastFetchedEpoch: optional(int32, -1),
            logStartOffset: optional(int64, -1),
            partitionMaxBytes: int32,
            replicaDirectoryId: taggedIfKnown(0, 17, uuid),
          }),
        ),
      }),
    ),
    forgottenTopicsData: optional(list(structure({ topicId: uuid, partitions: list(int32) })), []),
    rackId: optional(string, ''),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    sessionId: optional(int32, 0),
    responses: list(
      structure({
        topicId: uuid,
        partitions: list(
          structure({
            partitionIndex: int32,
            errorCode: int16,
            highWatermark: int64,
            lastStableOffset: optional(int64, -1),
            logStartOffset: optional(int64, -1),
            /** Where the log of the asker parts from the leader's. */
            divergingEpoch: taggedIfKnown(
              0,
              12,
              structure({ epoch: optional(int32, -1), endOffset: optional(int64, -1) }),
            ),
            currentLeader: taggedIfKnown(1, 12, leaderIdAndEpoch),
            snapshotId: taggedIfKnown(
              2,
              12,
              structure({ endOffset: optional(int64, -1), epoch: optional(int32, -1) }),
            ),
            abortedTransactions: optional(
              nullable(list(structure({ producerId: int64, firstOffset: int64 }))),
              null,
            ),
            preferredReadReplica: optional(int32, -1),
            records: nullable(records),
          }),
        ),
      }),
    ),
    nodeEndpoints: tagged(0, 16, nodeEndpoints, []),
  },
})
