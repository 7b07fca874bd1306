// Produce. The version alone decides how a broker treats a transaction: up to 11 the partitions
// are added beforehand, from 12 on the broker adds them itself, and EndTxn has to be version 5.

import { defineApi, type RequestInput } from '../codec/define-api.ts'
import { int16, int32, int64, list, nullable, records, string } from '../codec/field-type.ts'
import { optional, structure, tagged, taggedIfKnown } from '../codec/structure.ts'
import { leaderIdAndEpoch, nodeEndpoints } from './leader-change.ts'

export const produce = defineApi({
  name: 'Produce',
  key: 0,
  versions: [9, 12],
  flexibleSince: 9,
  request: {
    transactionalId: optional(nullable(string), null),
    acks: int16,
    timeoutMs: int32,
    topicData: list(
      structure({
        name: string,
        partitionData: list(structure({ index: int32, records: nullable(records) })),
      }),
    ),
  },
  response: {
    responses: list(
      structure({
        name: string,
        partitionResponses: list(
          structure({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTimeMs: optional(int64, -1),
            logStartOffset: optional(int64, -1),
            recordErrors: optional(
              list(
                structure({
                  batchIndex: int32,
                  batchIndexErrorMessage: optional(nullable(string), null),
                }),
              ),
              [],
            ),
            errorMessage: optional(nullable(string), null),
            currentLeader: taggedIfKnown(0, 10, leaderIdAndEpoch),
          }),
        ),
      }),
    ),
    throttleTimeMs: optional(int32, 0),
    nodeEndpoints: tagged(0, 10, nodeEndpoints, []),
  },
})

const requestOverheadBytes = 64
const partOverheadBytes = 16

/** What a request has at most: it is nearly all batches. Names of topics and ids are ASCII. */
export function produceSizeBytes({
  transactionalId,
  topicData,
}: RequestInput<typeof produce>): number {
  let sizeBytes = requestOverheadBytes + (transactionalId?.length ?? 0)
  for (const { name, partitionData } of topicData) {
    sizeBytes += name.length + partOverheadBytes
    for (const { records: batch } of partitionData) {
      sizeBytes += (batch?.length ?? 0) + partOverheadBytes
    }
  }
  return sizeBytes
}
