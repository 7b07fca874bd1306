// A client of a broker under test: one topic and one transactional id of its own, and the requests
// of the protocol in short.

import { expect } from 'vitest'
import { BufferPool } from '../../src/records/buffer-pool.ts'
import { RecordBatchBuilder } from '../../src/records/record-batch-builder.ts'
import type { Api } from '../../src/wire/codec/define-api.ts'
import { fetch } from '../../src/wire/message/fetch.ts'
import { findCoordinator } from '../../src/wire/message/find-coordinator.ts'
import { listOffsets } from '../../src/wire/message/offsets.ts'
import { produce } from '../../src/wire/message/produce.ts'
import { createTopics } from '../../src/wire/message/topics.ts'
import { describeTransactions } from '../../src/wire/message/transaction-listing.ts'
import { addPartitionsToTxn, endTxn, initProducerId } from '../../src/wire/message/transactions.ts'
import type { AskingConnection, BrokerUnderTest } from './broker-under-test.ts'

export interface Writer {
  readonly producerId: number
  readonly epoch: number
}

interface WriteOptions {
  readonly sequence?: number
  readonly partition?: number
  /** Each is a record; the time is that of the broker unless said. */
  readonly records?: readonly { readonly value: string; readonly timestamp?: number }[]
  /** Version 1: it is added to the transaction already. */
  readonly isAdded?: boolean
  readonly id?: string | null
}

const roomBytes = 1 << 22
/** The coordinator loads, or has its hands full. */
const passing = new Set([14, 15, 16, 51])
const waitingMs = 20
const mostTurns = 500

export class BrokerClient {
  readonly broker: BrokerUnderTest
  readonly topic: string
  readonly id: string
  topicId = ''
  readonly #connection: AskingConnection

  private constructor(broker: BrokerUnderTest, connection: AskingConnection) {
    this.broker = broker
    this.#connection = connection
    this.topic = broker.unique('cases')
    this.id = broker.unique('sluice/cases')
  }

  static async open(broker: BrokerUnderTest, partitions = 1): Promise<BrokerClient> {
    const client = new BrokerClient(broker, await broker.connect())
    client.topicId = await client.createTopic(client.topic, partitions)
    await client.coordinator(1, client.id)
    return client
  }

  get version(): 1 | 2 {
    return this.broker.version
  }

  ask<RequestIn, Request, ResponseIn, Response>(
    api: Api<RequestIn, Request, ResponseIn, Response>,
    version: number,
    request: RequestIn,
  ): Promise<Response> {
    return this.#connection.ask(api, version, request)
  }

  /** Makes a topic and waits until it is led. */
  async createTopic(name: string, numPartitions: number): Promise<string> {
    const made = await this.ask(createTopics, 7, {
      topics: [{ name, numPartitions, replicationFactor: 1 }],
      timeoutMs: 5_000,
    })
    expect(made.topics[0]?.errorCode).toBe(0)
    const partitions = Array.from({ length: numPartitions }, (_, index) => index)
    await this.until(async () => {
      const codes = await Promise.all(
        partitions.map(async (partition) => (await this.offset(-1, { partition, name })).errorCode),
      )
      return codes.every((code) => code === 0)
    })
    return made.topics[0]?.topicId ?? ''
  }

  /** `keyType` 0: of a group, 1: of a transactional id. */
  async coordinator(keyType: number, key: string): Promise<void> {
    await this.until(async () => {
      const found = await this.ask(findCoordinator, 4, { keyType, coordinatorKeys: [key] })
      return found.coordinators[0]?.errorCode === 0
    })
  }

  /** Lets time pass until something holds. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn++) {
      if (await holds()) return
      await this.broker.pass(waitingMs)
    }
    throw new Error('it never held')
  }

  /** What is answered in the end: markers and what follows from them take their time. */
  async settles<Value>(look: () => Promise<Value>, expected: Value): Promise<void> {
    let last: Value | undefined
    const holds = async (): Promise<boolean> => {
      last = await look()
      return JSON.stringify(last) === JSON.stringify(expected)
    }
    await this.until(holds).catch(() => expect(last).toEqual(expected))
  }

  async initOnce(
    timeoutMs = 60_000,
    known: Writer = { producerId: -1, epoch: -1 },
    transactionalId: string | null = this.id,
  ): Promise<Writer & { readonly errorCode: number }> {
    const answer = await this.ask(initProducerId, 4, {
      transactionalId,
      transactionTimeoutMs: timeoutMs,
      producerId: known.producerId,
      producerEpoch: known.epoch,
    })
    const { errorCode, producerId, producerEpoch: epoch } = answer
    return { errorCode, producerId, epoch }
  }

  /** Asks until the coordinator has time. */
  async init(timeoutMs?: number, known?: Writer, id?: string | null): Promise<Writer> {
    let answer = await this.initOnce(timeoutMs, known, id)
    await this.until(async () => {
      if (!passing.has(answer.errorCode)) return true
      answer = await this.initOnce(timeoutMs, known, id)
      return false
    })
    const { errorCode, producerId, epoch } = answer
    expect(errorCode).toBe(0)
    return { producerId, epoch }
  }

  /** The code of each partition. */
  async add(writer: Writer, partitions = [0], name = this.topic): Promise<number[]> {
    const ask = () =>
      this.ask(addPartitionsToTxn, 3, {
        transactionalId: this.id,
        producerId: writer.producerId,
        producerEpoch: writer.epoch,
        topics: [{ name, partitions }],
      })
    let codes: number[] = []
    await this.until(async () => {
      const { results } = await ask()
      codes = results.flatMap((topic) => topic.partitions.map(({ errorCode }) => errorCode))
      return !codes.includes(51)
    })
    return codes
  }

  batch(writer: Writer, options: WriteOptions = {}, isTransactional = true): Uint8Array {
    const room = { batchBytes: roomBytes, recordBytes: roomBytes, messageBytes: roomBytes }
    const builder = new RecordBatchBuilder(room, new BufferPool(0))
    const { sequence = 0, records = [{ value: 'x' }] } = options
    for (const { value, timestamp = this.broker.nowMs() } of records) {
      builder.append(undefined, Buffer.from(value), undefined, timestamp)
    }
    return builder.finish({
      producerId: writer.producerId,
      producerEpoch: writer.epoch,
      baseSequence: writer.producerId < 0 ? -1 : sequence,
      isTransactional,
      compression: 'none',
    })
  }

  /** One batch, as part of the transaction. */
  async write(writer: Writer, options: WriteOptions = {}) {
    const { partition = 0, isAdded = this.version === 2 } = options
    if (!isAdded) {
      const [code] = await this.add(writer, [partition])
      if (code !== 0) return { errorCode: code ?? -1, baseOffset: -1 }
    }
    return await this.send(this.batch(writer, options), options)
  }

  /** Bytes as they are; asked again while the end of the transaction before is being written. */
  async send(records: Uint8Array | null, options: Pick<WriteOptions, 'partition' | 'id'> = {}) {
    const { partition = 0, id = this.id } = options
    let found = { errorCode: -1, baseOffset: -1 }
    await this.until(async () => {
      const { responses } = await this.ask(produce, this.version === 1 ? 11 : 12, {
        transactionalId: id,
        acks: -1,
        timeoutMs: 5_000,
        topicData: [{ name: this.topic, partitionData: [{ index: partition, records }] }],
      })
      const { errorCode = -1, baseOffset = -1 } = responses[0]?.partitionResponses[0] ?? {}
      found = { errorCode, baseOffset }
      return errorCode !== 51
    })
    return found
  }

  /** A record outside of any transaction. */
  async sendPlain(...records: { readonly value: string; readonly timestamp?: number }[]) {
    const nobody = { producerId: -1, epoch: -1 }
    return await this.send(this.batch(nobody, { records }, false), { id: null })
  }

  async end(writer: Writer, committed: boolean, transactionalId = this.id) {
    const version = this.version === 1 ? 4 : 5
    const ask = () =>
      this.ask(endTxn, version, {
        transactionalId,
        producerId: writer.producerId,
        producerEpoch: writer.epoch,
        committed,
      })
    let answer = await ask()
    await this.until(async () => {
      if (!passing.has(answer.errorCode)) return true
      answer = await ask()
      return false
    })
    return answer
  }

  /** The code of `end`. */
  async endCode(writer: Writer, committed: boolean, id?: string): Promise<number> {
    return (await this.end(writer, committed, id)).errorCode
  }

  /** Whose the next transaction of the id is, after one was ended. */
  async next(writer: Writer, committed = true): Promise<Writer> {
    const { errorCode, producerId, producerEpoch: epoch } = await this.end(writer, committed)
    expect(errorCode).toBe(0)
    return this.version === 1 ? writer : { producerId, epoch }
  }

  /** State and epoch; the code instead of the state where there is one. */
  async state(): Promise<readonly [string | number, number]> {
    const { transactionStates } = await this.ask(describeTransactions, 0, {
      transactionalIds: [this.id],
    })
    const [found] = transactionStates
    const { errorCode = -1, transactionState = '', producerEpoch = -1 } = found ?? {}
    return [errorCode === 0 ? transactionState : errorCode, producerEpoch]
  }

  /** -1: latest, -2: earliest, -3: of the greatest time. */
  async offset(
    timestamp: number,
    { partition = 0, committed = false, name = this.topic, epoch = -1 } = {},
  ) {
    const partitions = [{ partitionIndex: partition, timestamp, currentLeaderEpoch: epoch }]
    const { topics } = await this.ask(listOffsets, 7, {
      isolationLevel: committed ? 1 : 0,
      topics: [{ name, partitions }],
    })
    const { errorCode = -1, offset = -1 } = topics[0]?.partitions[0] ?? {}
    return { errorCode, offset }
  }

  /** Last stable offset, and the end. */
  async ends(partition = 0): Promise<number[]> {
    const stable = await this.offset(-1, { partition, committed: true })
    const end = await this.offset(-1, { partition })
    return [stable.offset, end.offset]
  }

  /** The answer of one partition. */
  async fetch({
    offset = 0,
    partition = 0,
    committed = true,
    maxBytes = roomBytes,
    topicId = this.topicId,
    waitMs = 0,
    epoch = -1,
    lastEpoch = -1,
  } = {}) {
    const asked = {
      partition,
      fetchOffset: offset,
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: epoch,
      lastFetchedEpoch: lastEpoch,
    }
    const answer = await this.ask(fetch, 13, {
      maxWaitMs: waitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: committed ? 1 : 0,
      topics: [{ topicId, partitions: [asked] }],
    })
    expect(answer.errorCode).toBe(0)
    const found = answer.responses[0]?.partitions[0]
    if (found === undefined) throw new Error('the partition is not in the answer')
    return found
  }

  close(): void {
    this.#connection.close()
  }
}
