// FindCoordinator: which broker coordinates a group or a transactional id. Asking for the first
// transactional id makes the broker create the topic in which it keeps transactions.

import { defineApi } from '../codec/define-api.ts'
import { int16, int32, int8, list, nullable, string } from '../codec/field-type.ts'
import { optional, structure } from '../codec/structure.ts'

export const findCoordinator = defineApi({
  name: 'FindCoordinator',
  key: 10,
  versions: [4, 4],
  flexibleSince: 3,
  request: {
    /** 0: group, 1: transactional id. */
    keyType: int8,
    coordinatorKeys: list(string),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    coordinators: list(
      structure({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: optional(nullable(string), null),
      }),
    ),
  },
})
