import { describe, expect, test } from 'vitest'
import { judgeDamagedSegments } from '../../../src/checkpoint/protocol/damage.ts'
import {
  checkpointId,
  floorOf,
  generation,
  logId,
} from '../../../src/checkpoint/protocol/identifiers.ts'
import {
  fencedBy,
  judgeListing,
  LogReading,
  missingEntry,
} from '../../../src/checkpoint/protocol/log/log-view.ts'
import {
  chooseFence,
  fenceEntry,
  planRecovery,
  restorable,
} from '../../../src/checkpoint/protocol/recovery-plan.ts'
import type { FenceChoice, StartRequest } from '../../../src/checkpoint/protocol/recovery-plan.ts'
import type { LogEntry, RetainedCheckpoint } from '../../../src/checkpoint/protocol/log/entry.ts'
import type { LogView } from '../../../src/checkpoint/protocol/log/log-view.ts'
import {
  at,
  checkpoint,
  committable,
  drawNonce,
  fence,
  LOG,
  present,
  standing,
  viewOf,
} from './entries.ts'

const latest: StartRequest = { from: 'latest', acceptDuplicates: false }

function kept(...entries: readonly (readonly [position: number, id: number])[]) {
  return entries.map(
    ([position, id]): RetainedCheckpoint => ({
      position: at(position),
      checkpoint: checkpointId(id),
      generation: generation(1),
      segments: [],
    }),
  )
}

function choiceOf(view: LogView, request: StartRequest = latest): FenceChoice {
  const decision = chooseFence(view, request)
  if (decision.kind === 'stop') throw decision.error
  return decision.choice
}

function append(view: LogView, request: StartRequest = latest): LogEntry[] {
  const drawn = { nonce: drawNonce(), logId: LOG, writtenAtMs: 5 }
  const entries = view.slots.flatMap((slot) => (slot.kind === 'entry' ? [slot.entry] : []))
  return [...entries, fenceEntry(view, choiceOf(view, request), drawn)]
}

function planOf(view: LogView, request: StartRequest = latest) {
  const drawn = { nonce: drawNonce(), logId: LOG, writtenAtMs: 5 }
  return planRecovery(standing(fenceEntry(view, choiceOf(view, request), drawn)), view)
}

describe('reading the log', () => {
  test('goes upward from the floor to the first absent position', () => {
    const view = viewOf([checkpoint(4, 2, 3), fence(5)], 3)
    expect(view.next).toBe(6)
    expect(view.logId).toBe(LOG)
    expect(view.slots.map((slot) => slot.position)).toEqual([4, 5])
  })

  test('refuses the entries of another job', () => {
    const reading = new LogReading('shop', 'here', 0)
    expect(() => reading.add(present(fence(1, { job: 'bank' })))).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_FOREIGN_JOB' }),
    )
  })

  test('refuses two logs in one folder, and an older generation above a fence', () => {
    const other = logId('fedcba9876543210')
    expect(() => viewOf([fence(1), fence(2, { logId: other })])).toThrow(/contradicts itself/)
    expect(() => viewOf([fence(1), fence(2), checkpoint(3, 1, 1)])).toThrow(/contradicts itself/)
  })

  test('refuses a newer format', () => {
    const reading = new LogReading('shop', 'here', 0)
    expect(() => reading.add({ kind: 'newer', format: 2 })).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_FORMAT_NEWER' }),
    )
  })

  test('takes a listing as a hint: read again, and only then believe in a gap', () => {
    const view = viewOf([fence(1)])
    expect(judgeListing(view, [], 0)).toBe('complete')
    expect(judgeListing(view, [1], 0)).toBe('complete')
    expect(judgeListing(view, [1, 2], 0)).toBe('again')
    expect(judgeListing(view, [1, 3], 0)).toBe('gap')
    expect(judgeListing(view, [1, 3], floorOf(2))).toBe('again')
    expect(missingEntry(view, 'here').message).toContain('Entry 2')
  })

  test('resumes above a position that was lost', () => {
    const reading = LogReading.resume(viewOf([fence(1)]), 'here')
    expect(reading.next).toBe(2)
    expect(reading.add(present(checkpoint(2, 1, 1)))).toBe(true)
    expect(reading.add({ kind: 'absent' })).toBe(false)
    expect(reading.view().next).toBe(3)
  })

  test('shows a later generation by any of its entries', () => {
    expect(fencedBy(viewOf([fence(1), checkpoint(2, 1, 1)]), generation(1))).toBeUndefined()
    expect(fencedBy(viewOf([fence(1), fence(2)]), generation(1))?.position).toBe(2)
    expect(fencedBy(viewOf([checkpoint(7, 2, 5)], 6), generation(1))?.position).toBe(7)
  })
})

describe('a start', () => {
  test('on an empty log opens generation 1 and restores nothing', () => {
    const plan = planOf(viewOf([]))
    expect(plan).toMatchObject({ permit: undefined, restore: undefined, nextCheckpoint: 1 })
    expect(plan.nextPosition).toBe(2)
  })

  test('commits what the newest checkpoint owes and restores it', () => {
    const owes = [committable(1, 2, 'a')]
    const newest = checkpoint(3, 2, 1, { owes, retained: kept([2, 1], [3, 2]) })
    const plan = planOf(viewOf([fence(1), checkpoint(2, 1, 1), newest]))
    expect(plan.permit?.owes).toEqual(owes)
    expect(plan.restore).toBe(newest)
    expect(plan.nextCheckpoint).toBe(3)
    expect(plan.nextPosition).toBe(5)
  })

  test('keeps the log id, and the same nonce is never drawn for two positions', () => {
    const log = append(viewOf([fence(1), checkpoint(2, 1, 1)]))
    expect(log.at(-1)).toMatchObject({ logId: LOG, generation: 3, position: 3, restores: 2 })
  })

  test('says when the job had finished', () => {
    const done = checkpoint(2, 1, 1, { end: 'finished' })
    expect(planOf(viewOf([fence(1), done])).end).toBe('finished')
    expect(planOf(viewOf([fence(1), checkpoint(2, 1, 1)])).end).toBe('continues')
  })
})

describe('a restore of an older checkpoint', () => {
  const owes = [committable(1, 2, 'a')]
  const view = viewOf([
    fence(1),
    checkpoint(2, 1, 1),
    checkpoint(3, 2, 1, { owes, retained: kept([2, 1], [3, 2]) }),
  ])
  const older: StartRequest = { from: checkpointId(1), acceptDuplicates: false }

  test('commits the newest entry first, and says that output is repeated', () => {
    expect(choiceOf(view, older)).toMatchObject({ restores: 2, repeatsOutput: true })
    const plan = planOf(view, older)
    expect(plan.permit?.owes).toEqual(owes)
    expect(plan.restore?.checkpoint).toBe(1)
    expect(plan.nextCheckpoint).toBe(3)
  })

  test('binds later restarts to that timeline', () => {
    const again = viewOf(append(view, older))
    expect(choiceOf(again)).toMatchObject({ restores: 2, repeatsOutput: false })
    const third = viewOf(append(again))
    expect(choiceOf(third)).toMatchObject({ restores: 2, repeatsOutput: false })
    expect(planOf(third).permit?.owes).toEqual(owes)
  })

  test('ends with the next checkpoint, which is the newest then', () => {
    const log = append(view, older)
    expect(choiceOf(viewOf([...log, checkpoint(5, 3, 4)])).restores).toBe(5)
  })

  test('names its savepoint until a checkpoint does, whoever goes on from it', () => {
    const begunFrom = { id: 'a', name: 'early', job: 'shop', place: 'early' }
    const begun = viewOf(append(view, { ...older, begunFrom }))
    expect(planOf(begun).begunFrom).toEqual(begunFrom)
    const third = append(begun)
    expect(third.at(-1)).toMatchObject({ kind: 'fence', begunFrom })
    expect(planOf(viewOf([...third, checkpoint(6, 3, 5, { begunFrom })])).begunFrom).toEqual(
      begunFrom,
    )
    // Who leaves the timeline leaves its beginning, too.
    const left = { from: checkpointId(2), acceptDuplicates: true }
    expect(planOf(begun, left).begunFrom).toBeUndefined()
  })

  test('from the beginning is a timeline too', () => {
    const log = append(view, { from: 'none', acceptDuplicates: false })
    expect(log.at(-1)).toMatchObject({ restores: null })
    expect(choiceOf(viewOf(log))).toMatchObject({ restores: null, repeatsOutput: false })
  })

  test('chooses only among what the newest entry retains', () => {
    expect(restorable(view).map((entry) => entry.checkpoint)).toEqual([1, 2])
    const decision = chooseFence(view, { from: checkpointId(9), acceptDuplicates: false })
    expect(decision.kind === 'stop' && decision.error.code).toBe('CHECKPOINT_NOT_FOUND')
  })
})

describe('a damaged newest entry', () => {
  const view = viewOf([fence(1), checkpoint(2, 1, 1), undefined])

  test('stops the job, and names the way on', () => {
    const decision = chooseFence(view, latest)
    if (decision.kind !== 'stop') throw new Error('unreachable')
    expect(decision.error.code).toBe('CHECKPOINT_DAMAGED')
    expect(decision.error.hint).toContain('--from 1 --accept-duplicates')
    expect(chooseFence(view, { from: checkpointId(1), acceptDuplicates: false }).kind).toBe('stop')
  })

  test('says --start-over too where nothing is left that tells the log id', () => {
    const sole = chooseFence(viewOf([undefined], 8), latest)
    if (sole.kind !== 'stop') throw new Error('unreachable')
    expect(sole.error.hint).toContain('--from none --accept-duplicates` and `--start-over`')
    const known = chooseFence(viewOf([fence(1), undefined]), latest)
    if (known.kind !== 'stop') throw new Error('unreachable')
    expect(known.error.hint).not.toContain('--start-over')
  })

  test('is given up by the operator alone, and stays given up', () => {
    const choice = choiceOf(view, { from: checkpointId(1), acceptDuplicates: true })
    expect(choice.givenUp).toEqual([{ position: 3, sinks: 'all' }])
    const drawn = { nonce: drawNonce(), logId: LOG, writtenAtMs: 5 }
    const entry = fenceEntry(view, choice, drawn)
    const later = viewOf([fence(1), checkpoint(2, 1, 1), undefined, entry])
    expect(choiceOf(later)).toMatchObject({ restores: 2, givenUp: choice.givenUp })
    expect(planRecovery(standing(entry), view).permit).toBeUndefined()
  })

  test('may have had any id: later ones stay clear of it', () => {
    const choice = { from: checkpointId(1), acceptDuplicates: true } as const
    // Its run may have triggered and abandoned some before it.
    expect(planOf(view, choice).nextCheckpoint).toBeGreaterThan(100_000)
    expect(planOf(viewOf([fence(1), checkpoint(2, 7, 1)])).nextCheckpoint).toBe(8)
  })

  test('below a readable checkpoint stops nothing', () => {
    expect(choiceOf(viewOf([fence(1), undefined, checkpoint(3, 2, 1)])).restores).toBe(3)
  })
})

describe('a promise that was given up', () => {
  const view = viewOf([fence(1), checkpoint(2, 1, 1, { owes: [committable(1, 1, 'a')] })])

  test('is one that the operator was asked about, not whatever stands newest', () => {
    const accepted = { from: checkpointId(1), acceptDuplicates: true } as const
    expect(choiceOf(view, accepted).givenUp).toEqual([])
    const gone = { position: at(2), sinks: ['out'] }
    expect(choiceOf(view, { ...accepted, givesUp: gone }).givenUp).toEqual([gone])
    const later = viewOf([fence(1), checkpoint(2, 1, 1), checkpoint(3, 2, 1)])
    expect(choiceOf(later, { ...latest, givesUp: gone }).givenUp).toEqual([])
  })

  test('is not committed by recovery, and no other is touched', () => {
    const owes = [committable(1, 1, 'a', 'gone'), committable(1, 1, 'b', 'kept')]
    const below = viewOf([fence(1), checkpoint(2, 1, 1, { owes })])
    const entry = fence(3, { restores: at(2), givenUp: [{ position: at(2), sinks: ['gone'] }] })
    expect(planRecovery(standing(entry), below).permit?.owes).toEqual([owes[1]])
  })
})

describe('damaged segments', () => {
  const harmless = [fence(1), checkpoint(2, 1, 1)]
  const retained = kept([2, 1], [3, 2])

  test('of a checkpoint that owes nothing lead to the one before', () => {
    const newest = checkpoint(3, 2, 1, { retained })
    const decision = judgeDamagedSegments(viewOf([...harmless, newest]), newest, ['s'])
    expect(decision.kind === 'use-earlier' && decision.entry.checkpoint).toBe(1)
  })

  test('behind an entry that cannot be read stop the job: it may have committed something', () => {
    const retainsAll = kept([2, 1], [3, 2], [4, 3])
    const newest = checkpoint(4, 3, 1, { retained: retainsAll })
    const view = viewOf([...harmless, undefined, newest])
    const decision = judgeDamagedSegments(view, newest, ['s'])
    if (decision.kind !== 'stop') throw new Error('unreachable')
    expect(decision.error.hint).toContain('--from 1 --accept-duplicates')
  })

  test('of a checkpoint that owes something stop the job', () => {
    const newest = checkpoint(3, 2, 1, { retained, owes: [committable(1, 2, 'a')] })
    const decision = judgeDamagedSegments(viewOf([...harmless, newest]), newest, ['s'])
    if (decision.kind !== 'stop') throw new Error('unreachable')
    expect(decision.error.message).toContain('out')
    expect(decision.error.hint).toContain('--from 1 --accept-duplicates')
  })

  test('stop a job with an idempotent sink, and one without an earlier checkpoint', () => {
    const idempotent = checkpoint(3, 2, 1, { retained, idempotentSinks: ['index'] })
    expect(judgeDamagedSegments(viewOf([...harmless, idempotent]), idempotent, ['s']).kind).toBe(
      'stop',
    )
    const single = checkpoint(2, 1, 1)
    expect(judgeDamagedSegments(viewOf([fence(1), single]), single, ['s']).kind).toBe('stop')
  })
})
