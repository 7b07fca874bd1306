import { expect, test } from 'vitest'
import { checkpointsOfLog } from '../../src/kafka/known-checkpoints.ts'
import { checkpoint, fence, log, slot } from '../checkpoint/log.ts'

const owed = (sink: string) => ({
  name: { logId: 'log', sink, generation: 1, checkpoint: 4, part: '0/0' },
  bytes: new Uint8Array([1]),
})

test('the newest entry says what is owed, whatever fences stand above it', () => {
  const before = checkpoint(2, 3, { owes: [owed('before')] })
  const newest = checkpoint(3, 4, { owes: [owed('out')] })
  const found = checkpointsOfLog(
    log(slot(fence(1, null)), slot(before, 'proven'), slot(newest, 'open'), slot(fence(4, 3))),
  )
  expect(found).toEqual({
    job: 'shop',
    logId: 'log',
    generation: 4,
    newest: { checkpoint: 4, owes: [owed('out')], proven: false },
  })
})

test('what the operator gave up is no promise any more', () => {
  const newest = checkpoint(2, 4, { owes: [owed('out'), owed('other')] })
  const giving = { ...fence(3, 2), givenUp: [{ position: 2, sinks: ['out'] }] }
  const found = checkpointsOfLog(log(slot(newest, 'open'), slot(giving as never)))
  expect(found?.newest).toMatchObject({ owes: [owed('other')] })
})

test('nobody can tell where the newest entry is damaged, missing or too new', () => {
  const kept = slot(checkpoint(1, 3))
  for (const kind of ['damaged', 'missing', 'newer'] as const) {
    const broken = { kind, position: 2, sizeBytes: 1, reason: 'checksum', format: 9 }
    expect(checkpointsOfLog(log(kept, broken as never))?.newest).toBe('unreadable')
  }
})

test('a run that has no checkpoint yet promised nothing; an empty log is nobody’s', () => {
  expect(checkpointsOfLog(log(slot(fence(1, null))))).toMatchObject({
    generation: 1,
    newest: 'none',
  })
  expect(checkpointsOfLog(log())).toBeUndefined()
})
