// Topics made and deleted. Asked of the controller's broker, or of any that passes it on.

import { defineApi } from '../codec/define-api.ts'
import {
  boolean,
  int16,
  int32,
  int8,
  list,
  nullable,
  string,
  uuid,
  zeroUuid,
} from '../codec/field-type.ts'
import { optional, structure, tagged } from '../codec/structure.ts'

export const createTopics = defineApi({
  name: 'CreateTopics',
  key: 19,
  versions: [7, 7],
  flexibleSince: 5,
  request: {
    topics: list(
      structure({
        name: string,
        /** -1: as many as the broker makes by default; the same for the replicas. */
        numPartitions: int32,
        replicationFactor: int16,
        assignments: optional(
          list(structure({ partitionIndex: int32, brokerIds: list(int32) })),
          [],
        ),
        configs: optional(list(structure({ name: string, value: nullable(string) })), []),
      }),
    ),
    timeoutMs: int32,
    validateOnly: optional(boolean, false),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    topics: list(
      structure({
        name: string,
        topicId: uuid,
        errorCode: int16,
        errorMessage: optional(nullable(string), null),
        topicConfigErrorCode: tagged(0, 5, int16, 0),
        numPartitions: optional(int32, -1),
        replicationFactor: optional(int16, -1),
        configs: optional(
          nullable(
            list(
              structure({
                name: string,
                value: nullable(string),
                readOnly: boolean,
                configSource: optional(int8, -1),
                isSensitive: boolean,
              }),
            ),
          ),
          null,
        ),
      }),
    ),
  },
})

export const deleteTopics = defineApi({
  name: 'DeleteTopics',
  key: 20,
  versions: [6, 6],
  flexibleSince: 4,
  request: {
    /** By name or, with the name null, by id. */
    topics: list(
      structure({ name: optional(nullable(string), null), topicId: optional(uuid, zeroUuid) }),
    ),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    responses: list(
      structure({
        name: nullable(string),
        topicId: uuid,
        errorCode: int16,
        errorMessage: optional(nullable(string), null),
      }),
    ),
  },
})
