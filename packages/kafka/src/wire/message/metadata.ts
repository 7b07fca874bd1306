// Metadata: brokers, topics with their ids, and which broker leads which partition at which epoch.
// Topics null asks for all; a topic is named by its name or, with the name null, by its id.

import { defineApi } from '../codec/define-api.ts'
import {
  boolean,
  int16,
  int32,
  list,
  nullable,
  string,
  uuid,
  zeroUuid,
} from '../codec/field-type.ts'
import { optional, structure } from '../codec/structure.ts'

/** Stands for "not asked for" in the sets of operations. */
const operationsUnknown = -(2 ** 31)

export const metadata = defineApi({
  name: 'Metadata',
  key: 3,
  versions: [12, 12],
  flexibleSince: 9,
  request: {
    topics: nullable(
      list(structure({ topicId: optional(uuid, zeroUuid), name: nullable(string) })),
    ),
    allowAutoTopicCreation: optional(boolean, false),
    includeTopicAuthorizedOperations: optional(boolean, false),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    brokers: list(
      structure({
        nodeId: int32,
        host: string,
        port: int32,
        rack: optional(nullable(string), null),
      }),
    ),
    clusterId: optional(nullable(string), null),
    controllerId: optional(int32, -1),
    topics: list(
      structure({
        errorCode: int16,
        name: nullable(string),
        topicId: uuid,
        isInternal: optional(boolean, false),
        partitions: list(
          structure({
            errorCode: int16,
            partitionIndex: int32,
            leaderId: int32,
            leaderEpoch: int32,
            replicaNodes: list(int32),
            isrNodes: list(int32),
            offlineReplicas: optional(list(int32), []),
          }),
        ),
        topicAuthorizedOperations: optional(int32, operationsUnknown),
      }),
    ),
  },
})
