import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floorOf, generation } from '../../../src/checkpoint/protocol/identifiers.ts'
import {
  aboveFloor,
  CommitPermit,
  judgeAppend,
  permitOf,
  recoveryPermit,
  StandingEntry,
  WonEntry,
} from '../../../src/checkpoint/protocol/log/append.ts'
import { judgeCommitError } from '../../../src/checkpoint/protocol/commit-error.ts'
import { checkpoint, committable, drawNonce, fence, present, standing, viewOf } from './entries.ts'

describe('an append', () => {
  const mine = fence(3)

  test('is won when my own nonce is read back', () => {
    expect(judgeAppend(mine, present({ ...mine })).kind).toBe('won')
  })

  test('is lost to an entry that says the same under another nonce', () => {
    const twin = { ...mine, nonce: drawNonce() }
    expect(judgeAppend(mine, present(twin))).toEqual({ kind: 'lost', to: twin })
  })

  test('is open while nothing is read: the same bytes are tried again', () => {
    expect(judgeAppend(mine, { kind: 'absent' })).toEqual({ kind: 'retry' })
  })

  test('is neither won nor lost where bytes cannot be read', () => {
    expect(judgeAppend(mine, { kind: 'damaged', reason: 'torn' }).kind).toBe('unreadable')
  })

  test('is lost to an entry of a newer format: only a newer run can have written it', () => {
    expect(judgeAppend(mine, { kind: 'newer', format: 9 })).toEqual({
      kind: 'lost',
      to: { kind: 'newer', position: mine.position },
    })
  })

  test('is void at or below the floor, and stands above it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(50), (position, floor) => {
        const entry = fence(position)
        const decision = judgeAppend(entry, present(entry))
        if (decision.kind !== 'won') throw new Error('unreachable')
        const judged = aboveFloor(decision.won, floorOf(floor))
        expect(judged.kind).toBe(position <= floor ? 'void' : 'stands')
      }),
    )
  })
})

describe('a permit', () => {
  test('is yielded only by an entry that came through the append', () => {
    const forged = Symbol('forged') as never
    expect(() => new WonEntry(forged, fence(1))).toThrow(/read/)
    expect(() => new StandingEntry(forged, fence(1))).toThrow(/floor/)
    expect(() => new CommitPermit(forged, fence(1), checkpoint(2, 1, 1))).toThrow(/licensed/)
  })

  test('names exactly what its checkpoint owes', () => {
    const owes = [committable(1, 1, 'a'), committable(1, 1, 'b')]
    const permit = permitOf(standing(checkpoint(2, 1, 1, { owes })))
    expect(permit.owes).toEqual(owes)
    expect(permit.position).toBe(2)
  })

  test('of a recovery covers nothing that the newest entry below the fence does not owe', () => {
    const newest = checkpoint(2, 1, 1, { owes: [committable(1, 1, 'a')] })
    const opened = standing(fence(3))
    expect(recoveryPermit(opened, newest, newest.owes).owes).toBe(newest.owes)
    expect(() => recoveryPermit(opened, newest, [committable(1, 1, 'z')])).toThrow(/owes/)
    expect(() => recoveryPermit(standing(fence(2)), newest, [])).toThrow(/below/)
  })
})

describe('a commit error', () => {
  const mine = generation(1)
  const own = viewOf([fence(1), checkpoint(2, 1, 1)])

  test('is believed only when the log shows no later generation', () => {
    expect(judgeCommitError('never', own, mine).kind).toBe('believe')
    expect(judgeCommitError('backoff', own, mine).kind).toBe('retry')
    expect(judgeCommitError('restart', own, mine).kind).toBe('retry')
  })

  test('means that the run is over when a later fence stands', () => {
    const taken = viewOf([fence(1), checkpoint(2, 1, 1), fence(3)])
    expect(judgeCommitError('never', taken, mine).kind).toBe('over')
  })

  test('means that the run is over also when that fence was collected already', () => {
    const later = viewOf([checkpoint(4, 2, 3)], 3)
    const decision = judgeCommitError('never', later, mine)
    expect(decision.kind === 'over' && decision.fence.position).toBe(4)
  })
})
