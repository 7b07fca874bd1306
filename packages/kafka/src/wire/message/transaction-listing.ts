// What brokers say about transactions and producers, to find out what hangs, and whose it is.

import { defineApi } from '../codec/define-api.ts'
import { int16, int32, int64, list, nullable, string } from '../codec/field-type.ts'
import { optional, since, sinceIgnorable, structure } from '../codec/structure.ts'

export const describeTransactions = defineApi({
  name: 'DescribeTransactions',
  key: 65,
  versions: [0, 0],
  flexibleSince: 0,
  request: { transactionalIds: list(string) },
  response: {
    throttleTimeMs: optional(int32, 0),
    transactionStates: list(
      structure({
        errorCode: int16,
        transactionalId: string,
        /** `Empty`, `Ongoing`, `PrepareCommit`, `CompleteCommit`, `PrepareAbort`, … */
        transactionState: string,
        transactionTimeoutMs: int32,
        /** -1 where none was begun. */
        transactionStartTimeMs: int64,
        producerId: int64,
        producerEpoch: int16,
        topics: list(structure({ topic: string, partitions: list(int32) })),
      }),
    ),
  },
})

export const listTransactions = defineApi({
  name: 'ListTransactions',
  key: 66,
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    /** Empty: all. */
    stateFilters: optional(list(string), []),
    producerIdFilters: optional(list(int64), []),
    /** Only those that have run longer; -1: all. */
    durationFilter: since(1, int64, -1),
    /** Over whole ids; null: all. An older broker lists more than was asked for. */
    transactionalIdPattern: sinceIgnorable(2, nullable(string), null),
  },
  response: {
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    unknownStateFilters: optional(list(string), []),
    transactionStates: list(
      structure({ transactionalId: string, producerId: int64, transactionState: string }),
    ),
  },
})

export const describeProducers = defineApi({
  name: 'DescribeProducers',
  key: 61,
  versions: [0, 0],
  flexibleSince: 0,
  request: { topics: list(structure({ name: string, partitionIndexes: list(int32) })) },
  response: {
    throttleTimeMs: optional(int32, 0),
    topics: list(
      structure({
        name: string,
        partitions: list(
          structure({
            partitionIndex: int32,
            errorCode: int16,
            errorMessage: optional(nullable(string), null),
            activeProducers: list(
              structure({
                producerId: int64,
                producerEpoch: int32,
                lastSequence: int32,
                lastTimestamp: int64,
                coordinatorEpoch: int32,
                /** -1: no transaction is open. */
                currentTxnStartOffset: int64,
              }),
            ),
          }),
        ),
      }),
    ),
  },
})
