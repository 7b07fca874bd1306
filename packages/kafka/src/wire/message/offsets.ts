// Offsets of partitions: by time (ListOffsets), and by leader epoch (OffsetForLeaderEpoch), which
// tells whether a log was cut below a position that was read. A broker refuses a request that names
// a partition twice (INVALID_REQUEST).

import { defineApi } from '../codec/define-api.ts'
import { int16, int32, int64, int8, list, string } from '../codec/field-type.ts'
import { optional, structure } from '../codec/structure.ts'

export const listOffsets = defineApi({
  name: 'ListOffsets',
  key: 2,
  versions: [7, 9],
  flexibleSince: 6,
  request: {
    replicaId: optional(int32, -1),
    /** 1: the latest offset is the last stable one. */
    isolationLevel: int8,
    topics: list(
      structure({
        name: string,
        partitions: list(
          structure({
            partitionIndex: int32,
            currentLeaderEpoch: optional(int32, -1),
            /** Milliseconds; -1: latest, -2: earliest, -3: the record with the greatest time. */
            timestamp: int64,
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    topics: list(
      structure({
        name: string,
        partitions: list(
          structure({
            partitionIndex: int32,
            errorCode: int16,
            timestamp: optional(int64, -1),
            /** -1: there is no such record. */
            offset: optional(int64, -1),
            leaderEpoch: optional(int32, -1),
          }),
        ),
      }),
    ),
  },
})

export const offsetForLeaderEpoch = defineApi({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  versions: [4, 4],
  flexibleSince: 4,
  request: {
    /** -1 is a consumer. */
    replicaId: optional(int32, -1),
    topics: list(
      structure({
        topic: string,
        partitions: list(
          structure({
            partition: int32,
            currentLeaderEpoch: optional(int32, -1),
            leaderEpoch: int32,
          }),
        ),
      }),
    ),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    topics: list(
      structure({
        topic: string,
        partitions: list(
          structure({
            errorCode: int16,
            partition: int32,
            leaderEpoch: optional(int32, -1),
            endOffset: optional(int64, -1),
          }),
        ),
      }),
    ),
  },
})
