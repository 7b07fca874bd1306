// What answers of Produce and Fetch say about a leader that has moved (KIP-951).

import { int32, list, nullable, string } from '../codec/field-type.ts'
import { optional, structure } from '../codec/structure.ts'

export const leaderIdAndEpoch = structure({
  leaderId: optional(int32, -1),
  leaderEpoch: optional(int32, -1),
})

export const nodeEndpoints = list(
  structure({
    nodeId: int32,
    host: string,
    port: int32,
    rack: optional(nullable(string), null),
  }),
)
