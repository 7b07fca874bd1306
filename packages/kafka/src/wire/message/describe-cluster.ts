// DescribeCluster: the brokers, for a look at whether they are there.

import { defineApi } from '../codec/define-api.ts'
import { boolean, int16, int32, list, nullable, string } from '../codec/field-type.ts'
import { optional, structure } from '../codec/structure.ts'

/** Stands for "not asked for". */
const operationsUnknown = -(2 ** 31)

export const describeCluster = defineApi({
  name: 'DescribeCluster',
  key: 60,
  versions: [0, 0],
  flexibleSince: 0,
  request: { includeClusterAuthorizedOperations: optional(boolean, false) },
  response: {
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(nullable(string), null),
    clusterId: string,
    controllerId: optional(int32, -1),
    brokers: list(
      structure({
        brokerId: int32,
        host: string,
        port: int32,
        rack: optional(nullable(string), null),
      }),
    ),
    clusterAuthorizedOperations: optional(int32, operationsUnknown),
  },
})
