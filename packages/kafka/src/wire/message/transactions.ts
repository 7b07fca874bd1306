// What a transactional producer asks of its coordinator. AddPartitionsToTxn stays at version 3:
// later ones are for brokers and need their rights. EndTxn 5 answers with the epoch of the next
// transaction, and belongs to Produce 12; 4 belongs to Produce 11.

import { defineApi } from '../codec/define-api.ts'
import { boolean, int16, int32, int64, list, nullable, string } from '../codec/field-type.ts'
import { optional, since, structure } from '../codec/structure.ts'

export const initProducerId = defineApi({
  name: 'InitProducerId',
  key: 22,
  versions: [4, 5],
  flexibleSince: 2,
  request: {
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    /** -1 with epoch -1: whatever it was before; else the epoch must still be the present one. */
    producerId: optional(int64, -1),
    producerEpoch: optional(int16, -1),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    producerId: optional(int64, -1),
    producerEpoch: int16,
  },
})

export const addPartitionsToTxn = defineApi({
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: [3, 3],
  flexibleSince: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    topics: list(structure({ name: string, partitions: list(int32) })),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    results: list(
      structure({
        name: string,
        partitions: list(structure({ partitionIndex: int32, errorCode: int16 })),
      }),
    ),
  },
})

export const endTxn = defineApi({
  name: 'EndTxn',
  key: 26,
  versions: [3, 5],
  flexibleSince: 3,
  request: {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    /** False aborts. */
    committed: boolean,
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    producerId: since(5, int64, -1),
    producerEpoch: since(5, int16, -1),
  },
})
