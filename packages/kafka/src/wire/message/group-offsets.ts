// Offsets of a consumer group, for the tools that show how far behind a group is. Member id empty
// and generation -1: written from outside of the group, which works while it has no members.

import { defineApi } from '../codec/define-api.ts'
import { boolean, int16, int32, int64, list, nullable, string } from '../codec/field-type.ts'
import { optional, since, structure } from '../codec/structure.ts'

export const offsetCommit = defineApi({
  name: 'OffsetCommit',
  key: 8,
  versions: [8, 9],
  flexibleSince: 8,
  request: {
    groupId: string,
    generationIdOrMemberEpoch: optional(int32, -1),
    memberId: optional(string, ''),
    groupInstanceId: optional(nullable(string), null),
    topics: list(
      structure({
        name: string,
        partitions: list(
          structure({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: optional(int32, -1),
            committedMetadata: optional(nullable(string), null),
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
        partitions: list(structure({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  },
})

export const offsetFetch = defineApi({
  name: 'OffsetFetch',
  key: 9,
  versions: [8, 9],
  flexibleSince: 6,
  request: {
    groups: list(
      structure({
        groupId: string,
        memberId: since(9, nullable(string), null),
        memberEpoch: since(9, int32, -1),
        /** Null: all that the group has offsets of. */
        topics: nullable(list(structure({ name: string, partitionIndexes: list(int32) }))),
      }),
    ),
    /** Answers with an error where an open transaction may still change the offset. */
    requireStable: optional(boolean, false),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    groups: list(
      structure({
        groupId: string,
        topics: list(
          structure({
            name: string,
            partitions: list(
              structure({
                partitionIndex: int32,
                /** -1: the group has none. */
                committedOffset: int64,
                committedLeaderEpoch: optional(int32, -1),
                metadata: optional(nullable(string), null),
                errorCode: int16,
              }),
            ),
          }),
        ),
        errorCode: int16,
      }),
    ),
  },
})
