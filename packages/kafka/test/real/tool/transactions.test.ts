import { createNodePlatform } from '@sluice/runtime/internal'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kafka } from '../../../../../test/services/kafka/kafka.ts'
import { whyUnavailable } from '../../../../../test/services/provisioned.ts'
import { sharedService, uniqueName } from '../../../../../test/services/shared/shared-service.ts'
import { openKafkaTools } from '../../../src/tool/index.ts'
import type { KafkaTools } from '../../../src/tool/kafka-tools.ts'
import { encodeTransaction } from '../../../src/transaction/committable.ts'
import { formatTransactionalId } from '../../../src/transaction/transactional-id.ts'
import { JavaClient } from '../java-client.ts'

const why = await whyUnavailable(kafka)
const base64 = (text: string) => Buffer.from(text).toString('base64')

beforeEach(({ skip }) => skip(why !== undefined, why))

describe.each([
  ['kafka', 2],
  ['kafka with transaction version 1', 1],
] as const)('the tools, on %s', (service, transactionVersion) => {
  let tools: KafkaTools
  let java: JavaClient
  const topic = uniqueName('tools')
  const job = uniqueName('shop')
  const logId = '0123456789abcdef'

  beforeAll(async () => {
    if (why !== undefined) return
    const brokers = await sharedService(service)
    java = await JavaClient.start(brokers)
    await java.createTopic(topic, { partitions: 8 })
    tools = openKafkaTools(createNodePlatform({ logLevel: 'silent' }), { brokers }, 20_000)
  }, 120_000)

  afterAll(async () => {
    tools?.close()
    await java?.close()
  })

  /** A transaction that nobody ends: three records in one partition. */
  async function leaveOpen(transactionalId: string, partition: number): Promise<void> {
    const records = ['a', 'b', 'c'].map((value) => ({ key: null, value: base64(value) }))
    await java.produce({
      config: { 'transactional.id': transactionalId, 'transaction.timeout.ms': 300_000 },
      steps: [
        { do: 'begin' },
        { do: 'send', topic, partition, records },
        { do: 'flush' },
        { do: 'leave' },
      ],
    })
  }

  const ownId = (slot: number, generation = 3): string =>
    formatTransactionalId({ kind: 'slot', job, logId, generation, sink: 'out', subtask: 0, slot })

  const nothingPromised = { job, logId, generation: 5, newest: 'none' } as const

  async function seen(transactionalId: string, checkpoints = [nothingPromised]) {
    const { transactions, silent } = await tools.listTransactions({ checkpoints })
    expect(silent).toEqual([])
    return transactions.find((each) => each.transactionalId === transactionalId)
  }

  async function valuesOf(partition: number): Promise<string[]> {
    const { records } = await java.read(topic)
    return records
      .filter((record) => record.partition === partition)
      .map(({ value }) => Buffer.from(value ?? '').toString())
  }

  test('show an open transaction, whose it is, and whose readers wait', async () => {
    const id = ownId(0)
    await leaveOpen(id, 0)
    const found = await seen(id)
    expect(found).toMatchObject({
      state: 'Ongoing',
      timeoutMs: 300_000,
      origin: { kind: 'slot', job, sink: 'out', generation: 3, subtask: 0, slot: 0 },
      promise: { kind: 'orphan' },
      partitions: [
        {
          topic,
          partition: 0,
          lastStableOffset: 0,
          highWatermark: 3,
          heldOffsets: 3,
          isFirst: true,
        },
      ],
    })
    expect(found?.leftMs).toBeGreaterThan(200_000)
    expect(found?.leftMs).toBeLessThanOrEqual(300_000)
    const report = await tools.explainHold(`${topic}-0`)
    expect(report).toMatchObject({
      topic,
      partitions: 1,
      held: [
        {
          partition: 0,
          heldOffsets: 3,
          transactions: [{ transactionalId: id, firstOffset: 0, isHanging: false }],
        },
      ],
    })
  }, 60_000)

  test('abort an orphan, once, and its writer is shut out', async () => {
    const id = ownId(1)
    await leaveOpen(id, 1)
    const before = await seen(id)
    const plan = await tools.planEnd(id, 'abort', [nothingPromised])
    expect(plan.verdict).toMatchObject({ kind: 'allowed' })
    expect(await tools.carryOut(plan)).toMatchObject({ outcome: 'aborted' })
    // The answer comes when its end is decided, and before its markers are written.
    await expect.poll(() => seen(id)).toBeUndefined()
    expect(await valuesOf(1)).toEqual([])
    const again = await tools.planEnd(id, 'abort', [nothingPromised])
    expect(again.verdict.kind).toBe('nothing-to-do')
    expect(again.described?.epoch).toBeGreaterThan(before?.epoch ?? -1)
    // Once more is no harm, and no news with version 1, where its numbers are gone.
    if (transactionVersion === 2) {
      expect(await tools.carryOut(plan)).toMatchObject({ outcome: 'aborted' })
    }
  }, 60_000)

  test('commit what a checkpoint promised, by its numbers, and never abort it', async () => {
    const id = ownId(2)
    await leaveOpen(id, 2)
    const { producerId = -1, epoch = -1 } = (await seen(id)) ?? {}
    const bytes = encodeTransaction({
      transactionalId: id,
      producerId,
      epoch,
      transactionVersion,
      checkpoint: 7,
      records: 3,
      partitions: [{ topic, partition: 2, records: 3 }],
      ledgerPartition: 0,
      ledgerOffset: 0,
      abortsAtMs: undefined,
    })
    const name = { logId, sink: 'out', generation: 3, checkpoint: 7, part: '0/2' }
    const checkpoints = [
      {
        job,
        logId,
        generation: 5,
        newest: { checkpoint: 7, owes: [{ name, bytes }], proven: false },
      },
    ]
    const abort = await tools.planEnd(id, 'abort', checkpoints)
    expect(abort.verdict.kind).toBe('refused')
    await expect(tools.carryOut(abort, 'this may lose records')).rejects.toMatchObject({
      code: 'KAFKA_TRANSACTION_NOT_ENDED',
      message: expect.stringContaining('checkpoint 7 promised it'),
    })
    const commit = await tools.planEnd(id, 'commit', checkpoints)
    expect(await tools.carryOut(commit)).toEqual({ outcome: 'committed', by: 'answer' })
    expect(await tools.carryOut(commit)).toEqual({ outcome: 'committed', by: 'answer' })
    await expect.poll(() => valuesOf(2)).toEqual(['a', 'b', 'c'])
  }, 60_000)

  test('ask for the words where nobody can tell, and then do it', async () => {
    const id = ownId(3)
    await leaveOpen(id, 3)
    const plan = await tools.planEnd(id, 'commit')
    expect(plan.verdict).toMatchObject({ kind: 'needs-force', words: 'this may double records' })
    await expect(tools.carryOut(plan)).rejects.toMatchObject({
      hint: expect.stringContaining("--force 'this may double records'"),
    })
    expect(await seen(id)).toMatchObject({ state: 'Ongoing' })
    await tools.carryOut(plan, 'this may double records')
    await expect.poll(() => valuesOf(3)).toEqual(['a', 'b', 'c'])
  }, 60_000)

  test('abort nothing that was begun after they looked', async () => {
    const id = uniqueName('another-program')
    await leaveOpen(id, 4)
    const plan = await tools.planEnd(id, 'abort')
    expect(plan.verdict.kind).toBe('allowed')
    // Its next life aborts it, and has another one open by now.
    await leaveOpen(id, 5)
    await expect(tools.carryOut(plan)).rejects.toMatchObject({
      code: 'KAFKA_TRANSACTION_NOT_ENDED',
      message: expect.stringContaining('another one is open by now'),
    })
    expect(await seen(id)).toMatchObject({ state: 'Ongoing', partitions: [{ partition: 5 }] })
    await java.fence(id)
  }, 60_000)
})
