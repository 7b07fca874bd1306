import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SlotPool, type TakenSlot } from '../../src/transaction/slot-pool.ts'

/** Takes a slot, opens it where it has to be opened, and prepares it for a checkpoint. */
function write(pool: SlotPool, checkpoint: number, epoch = 0): TakenSlot {
  const taken = pool.take()
  if (taken.begin === 'initialize') pool.opened(taken.slot, 1, epoch)
  pool.prepared(taken.slot, checkpoint)
  return taken
}

test('a writer never waits for a slot: it makes one', () => {
  const pool = new SlotPool(2)
  for (let checkpoint = 1; checkpoint <= 5; checkpoint++) {
    expect(write(pool, checkpoint)).toEqual({ slot: checkpoint - 1, begin: 'initialize' })
  }
})

test('a slot is free when a later entry stands, not when its own does', () => {
  const pool = new SlotPool(1)
  write(pool, 1)
  pool.completed(1)
  expect(write(pool, 2).slot).toBe(1)
  pool.completed(2)
  expect(write(pool, 3)).toEqual({ slot: 0, begin: 'initialize' })
})

test('what a failed checkpoint prepared is bound until after the entry that names it', () => {
  const pool = new SlotPool(2)
  write(pool, 1)
  write(pool, 2)
  pool.completed(2)
  expect(write(pool, 3).slot).toBe(2)
  pool.completed(3)
  expect([write(pool, 4).slot, write(pool, 5).slot, write(pool, 6).slot]).toEqual([0, 1, 3])
})

test('a notice that is missed frees nothing too early', () => {
  const pool = new SlotPool(2)
  write(pool, 1)
  write(pool, 2)
  pool.completed(2)
  pool.completed(2)
  expect(write(pool, 3).slot).toBe(2)
})

test('version 1 asks for an epoch for every transaction, version 2 goes on with the next', () => {
  for (const version of [1, 2] as const) {
    const pool = new SlotPool(version)
    write(pool, 1, 7)
    pool.completed(1)
    pool.completed(2)
    expect(pool.take()).toEqual(
      version === 1
        ? { slot: 0, begin: 'initialize' }
        : { slot: 0, begin: 'continue', producerId: 1, epoch: 8 },
    )
  }
})

test('a producer whose epochs run out is asked for anew', () => {
  for (const [epoch, begin] of [
    [32_764, 'continue'],
    [32_765, 'initialize'],
    [32_766, 'initialize'],
  ] as const) {
    const pool = new SlotPool(2)
    write(pool, 1, epoch)
    pool.completed(1)
    pool.completed(2)
    expect(pool.take().begin).toBe(begin)
  }
})

test('an id whose InitProducerId was not answered is never used again', () => {
  const pool = new SlotPool(2)
  const taken = pool.take()
  pool.unanswered(taken.slot)
  for (let checkpoint = 1; checkpoint <= 6; checkpoint++) {
    expect(write(pool, checkpoint).slot).not.toBe(taken.slot)
    pool.completed(checkpoint)
  }
})

test('a slot that was opened and not written is taken again, under the same epoch', () => {
  const pool = new SlotPool(1)
  const { slot } = pool.take()
  pool.opened(slot, 9, 3)
  expect(pool.take()).toEqual({ slot, begin: 'continue', producerId: 9, epoch: 3 })
  expect(pool.take()).toEqual({ slot, begin: 'continue', producerId: 9, epoch: 3 })
})

test('a step that the life of a slot does not have is a broken invariant', () => {
  const pool = new SlotPool(2)
  const { slot } = pool.take()
  expect(() => pool.prepared(slot, 1)).toThrow(
    expect.objectContaining({ code: 'INVARIANT_BROKEN' }),
  )
  expect(() => pool.opened(7, 1, 0)).toThrow(expect.objectContaining({ code: 'INVARIANT_BROKEN' }))
})

test('over any run, no slot is written while an entry may owe it, and few slots suffice', () => {
  const steps = fc.array(fc.constantFrom('write', 'complete', 'unanswered'), { maxLength: 60 })
  fc.assert(
    fc.property(steps, fc.constantFrom(1 as const, 2 as const), (run, version) => {
      const pool = new SlotPool(version)
      let checkpoint = 0
      let newest = 0
      let before = 0
      let lost = 0
      /** Per slot, the checkpoint of its last transaction. */
      const lastOf = new Map<number, number>()
      for (const step of run) {
        if (step === 'complete' && newest < checkpoint) {
          before = newest
          newest = checkpoint
          pool.completed(newest)
        } else if (step === 'write') {
          checkpoint += 1
          const { slot } = write(pool, checkpoint)
          expect(lastOf.get(slot) ?? 0).toBeLessThanOrEqual(before)
          lastOf.set(slot, checkpoint)
        } else if (step === 'unanswered') {
          const taken = pool.take()
          if (taken.begin === 'continue') pool.prepared(taken.slot, ++checkpoint)
          else pool.unanswered(taken.slot)
          if (taken.begin === 'continue') lastOf.set(taken.slot, checkpoint)
          else lost += 1
        }
        const bound = pool.slots.filter(({ state }) => state === 'bound').length
        const free = pool.slots.filter(({ state }) => state === 'free').length
        expect(pool.slots.length).toBe(bound + free + lost)
      }
    }),
  )
})
