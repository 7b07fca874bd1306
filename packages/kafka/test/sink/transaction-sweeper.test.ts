import type { NamedCommittable } from '@sluice/core/connector'
import { describe, expect, test } from 'vitest'
import { TransactionSweeper } from '../../src/sink/transaction/transaction-sweeper.ts'
import { encodeStaged, encodeTransaction } from '../../src/transaction/committable.ts'
import { listTransactions } from '../../src/wire/message/transaction-listing.ts'
import { initProducerId } from '../../src/wire/message/transactions.ts'
import { CommitterWorld, logId } from './committer-world.ts'

const idOf = (generation: number, slot = 0) => `sluice/shop/${logId}/${generation}/out/0/${slot}`
const stagedId = `sluice/shop/${logId}/staged/out/0`

/** What the engine does at the start, and after each checkpoint. */
async function sweep(sweeper: TransactionSweeper): Promise<number> {
  const names = await sweeper.findOrphans(logId)
  for (const name of names) await sweeper.abort(name)
  return names.length
}

describe('A sweep', () => {
  test('ends at the start what lower generations left open, and fences nothing else', async () => {
    const under = new CommitterWorld([1, 2])
    under.open(idOf(3))
    under.open(idOf(4))
    under.end(idOf(4), 'commit')
    under.open(idOf(5))
    under.open(`sluice/shop-2/${logId}/3/out/0/0`)
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      expect(await sweep(sweeper)).toBe(1)
      expect(under.stateOf(idOf(3))).toBe('Empty')
      expect(under.stateOf(idOf(4))).toBe('CompleteCommit')
      expect(under.stateOf(idOf(5))).toBe('Ongoing')
      expect(under.stateOf(`sluice/shop-2/${logId}/3/out/0/0`)).toBe('Ongoing')
      await sweeper.close()
    })
  })

  test('is not made again after every checkpoint, and holds up none', async () => {
    const under = new CommitterWorld([1, 2, 3])
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      await sweep(sweeper)
      expect(under.asked(listTransactions)).toBe(3)
      under.kafka.sleep(2)
      for (let checkpoint = 0; checkpoint < 600; checkpoint++) {
        await platform.timers.sleep(1_000)
        const beganMs = platform.clock.monotonic()
        await sweep(sweeper)
        expect(platform.clock.monotonic() - beganMs).toBeLessThan(20)
      }
      under.kafka.wake(2)
      const whileAway = under.asked(listTransactions)
      await platform.timers.sleep(30_000)
      for (let checkpoint = 0; checkpoint < 600; checkpoint++) {
        await platform.timers.sleep(1_000)
        await sweep(sweeper)
      }
      // Three brokers, each about once a minute.
      expect(under.asked(listTransactions) - whileAway).toBeLessThan(60)
      await sweeper.close()
    })
  })

  test('finds later what a sleeper opened after the first one, and ends it aside', async () => {
    const under = new CommitterWorld()
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      await sweep(sweeper)
      under.open(idOf(4))
      let told = 0
      for (let checkpoint = 0; checkpoint < 10 && told === 0; checkpoint++) {
        await platform.timers.sleep(1_000)
        const names = await sweeper.findOrphans(logId)
        under.kafka.sleep(1)
        const beganMs = platform.clock.monotonic()
        for (const name of names) await sweeper.abort(name)
        expect(platform.clock.monotonic() - beganMs).toBeLessThan(20)
        under.kafka.wake(1)
        told = names.length
      }
      await platform.timers.sleep(1_000)
      expect(under.stateOf(idOf(4))).toBe('Empty')
      await sweeper.close()
    })
  })

  test('looks a last time when it is closed, for there may be no next run', async () => {
    const under = new CommitterWorld()
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      await sweep(sweeper)
      await sweep(sweeper)
      await platform.timers.sleep(5_000)
      under.open(idOf(4))
      under.open(stagedId)
      await sweeper.close()
      expect(under.stateOf(idOf(4))).toBe('Empty')
      // A successor may be sending under it by now.
      expect(under.stateOf(stagedId)).toBe('Ongoing')
    })
  })

  test('goes on without a broker that hangs, and looks there again soon', async () => {
    const under = new CommitterWorld([1, 2])
    const { cluster } = under.kafka
    const [here, there] = [1, 2].map((node) => {
      const slot = Array.from({ length: 50 }, (_, index) => index)
      const found = slot.find((index) => cluster.coordinatorOf(idOf(3, index)) === node)
      return idOf(3, found)
    }) as [string, string]
    under.open(here)
    under.open(there)
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      under.kafka.sleep(2)
      const beganMs = platform.clock.monotonic()
      expect(await sweep(sweeper)).toBe(1)
      expect(platform.clock.monotonic() - beganMs).toBeLessThan(45_000)
      expect(under.stateOf(there)).toBe('Ongoing')
      under.kafka.wake(2)
      for (let checkpoint = 0; checkpoint < 8; checkpoint++) {
        await platform.timers.sleep(1_000)
        await sweep(sweeper)
      }
      expect([here, there].map((id) => under.stateOf(id))).toEqual(['Empty', 'Empty'])
      await sweeper.close()
    })
  })

  test('leaves alone what this run itself sends under an id that generations share', async () => {
    const under = new CommitterWorld()
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      await sweep(sweeper)
      sweeper.uses(stagedId)
      under.open(stagedId)
      const before = under.asked(initProducerId)
      for (let checkpoint = 0; checkpoint < 10; checkpoint++) {
        await platform.timers.sleep(1_000)
        expect(await sweep(sweeper)).toBe(0)
      }
      expect(under.asked(initProducerId)).toBe(before)
      await sweeper.close()
    })
  })

  test('of the start over ends other histories, open or not', async () => {
    const under = new CommitterWorld()
    const [open, closed] = ['4', '5'].map((last) => `sluice/shop/fedcba98765432${last}0/3/out/0/0`)
    under.open(open as string)
    under.open(closed as string)
    under.end(closed as string, 'commit')
    await under.run(async (platform) => {
      const sweeper = new TransactionSweeper(under.context(platform), under.client(platform))
      expect(await sweeper.findForeignHistory(logId)).toContain("'fedcba9876543240'")
      await sweeper.startOver(logId)
      expect(await sweeper.findForeignHistory(logId)).toBeUndefined()
      await sweeper.close()
    })
  })
})

describe('What is promised', () => {
  const name = { logId, sink: 'out', generation: 3, checkpoint: 9, part: '0/0' }
  const partitions = [{ topic: 'out', partition: 0, records: 1 }]
  const prepared = encodeTransaction({
    transactionalId: idOf(3),
    producerId: 1,
    epoch: 0,
    transactionVersion: 2,
    checkpoint: 9,
    records: 1,
    partitions,
    ledgerPartition: 0,
    ledgerOffset: 0,
    abortsAtMs: undefined,
  })

  async function swept(promised: readonly NamedCommittable[]): Promise<number> {
    const under = new CommitterWorld()
    under.open(idOf(3))
    let found = -1
    await under.run(async (platform) => {
      const context = under.context(platform, { promised })
      const sweeper = new TransactionSweeper(context, under.client(platform))
      found = await sweep(sweeper)
      await sweeper.close()
    })
    return found
  }

  test('is left alone, whichever sink of the job has prepared it', async () => {
    expect(await swept([])).toBe(1)
    expect(await swept([{ name, bytes: prepared }])).toBe(0)
    expect(await swept([{ name: { ...name, part: '7/7' }, bytes: prepared }])).toBe(0)
    const bytes = new TextEncoder().encode('{"file": "of another connector"}')
    expect(await swept([{ name: { ...name, part: 'a-file' }, bytes }])).toBe(1)
  })

  test('and cannot be read is an error, unless it is prepared in another way', async () => {
    const damaged = prepared.subarray(0, prepared.length - 4)
    await expect(swept([{ name, bytes: damaged }])).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
    })
    await expect(swept([{ name, bytes: new Uint8Array() }])).rejects.toMatchObject({
      code: 'CHECKPOINT_DAMAGED',
    })
    const newer = Uint8Array.from(prepared)
    newer[1] = 9
    await expect(swept([{ name, bytes: newer }])).rejects.toMatchObject({
      code: 'CHECKPOINT_FORMAT_NEWER',
    })
    const staged = encodeStaged({
      transactionalId: stagedId,
      checkpoint: 9,
      previous: 0,
      records: 1,
      partitions,
    })
    expect(await swept([{ name: { ...name, part: '0' }, bytes: staged }])).toBe(1)
    // Another sink's bytes are its own business; its name says what is ours.
    expect(await swept([{ name: { ...name, sink: 'gone' }, bytes: damaged }])).toBe(1)
  })
})
