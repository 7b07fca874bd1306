import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommittableLedger } from '../../../src/checkpoint/protocol/committable-ledger.ts'
import { checkpointId, generation } from '../../../src/checkpoint/protocol/identifiers.ts'
import { permitOf } from '../../../src/checkpoint/protocol/log/append.ts'
import { nameKey, OwedEntries } from '../../../src/checkpoint/protocol/owed-entries.ts'
import { PendingCheckpoint } from '../../../src/checkpoint/protocol/pending-checkpoint.ts'
import type { Acknowledgement } from '../../../src/checkpoint/protocol/pending-checkpoint.ts'
import { checkpoint, committable, standing } from './entries.ts'

const one = checkpointId(1)
const two = checkpointId(2)

function pendingOf(id: number, subtasks = ['a', 'b']) {
  return new PendingCheckpoint<string>({
    checkpoint: checkpointId(id),
    generation: generation(1),
    triggeredAtMs: 0,
    subtasks,
  })
}

function ack(id: number, subtask: string, fields: Partial<Acknowledgement<string>> = {}) {
  return {
    generation: generation(1),
    checkpoint: checkpointId(id),
    subtask,
    committables: [],
    report: '',
    ...fields,
  }
}

describe('the ledger of a subtask', () => {
  test('repeats everything since the last checkpoint known to be complete', () => {
    const ledger = new CommittableLedger()
    ledger.prepared(one, [committable(1, 1, 'a')])
    ledger.prepared(two, [committable(1, 2, 'a')])
    expect(ledger.owed(one).map(({ name }) => name.checkpoint)).toEqual([1])
    expect(ledger.owed(two).map(({ name }) => name.checkpoint)).toEqual([1, 2])
    ledger.completed(one)
    expect(ledger.owed(two).map(({ name }) => name.checkpoint)).toEqual([2])
    ledger.completed(one)
    expect(ledger.knownComplete).toBe(1)
  })

  test('keeps what was prepared after the checkpoint that completed', () => {
    const ledger = new CommittableLedger()
    ledger.prepared(two, [committable(1, 2, 'a')])
    ledger.completed(one)
    expect(ledger.owed(two)).toHaveLength(1)
  })

  test('refuses barriers out of order and names of another checkpoint', () => {
    const ledger = new CommittableLedger()
    ledger.prepared(two, [])
    expect(() => ledger.prepared(one, [])).toThrow(/in order/)
    expect(() => ledger.prepared(two, [committable(1, 1, 'a')])).toThrow(/carries/)
  })
})

describe('a pending checkpoint', () => {
  test('is complete when each subtask has acknowledged once', () => {
    const pending = pendingOf(1)
    expect(pending.acknowledge(ack(1, 'a'))).toBe('taken')
    expect(pending.missing()).toEqual(['b'])
    expect(pending.acknowledge(ack(1, 'a'))).toBe('duplicate')
    expect(pending.state).toBe('collecting')
    expect(pending.acknowledge(ack(1, 'b'))).toBe('completes')
    expect(pending.acknowledgements().map(({ subtask }) => subtask)).toEqual(['a', 'b'])
  })

  test('takes nothing of another attempt, and nothing late', () => {
    const pending = pendingOf(1)
    const foreign = ack(1, 'a', { generation: generation(2) })
    expect(pending.acknowledge(foreign)).toBe('other-attempt')
    expect(pending.fail('timed-out')).toBe(true)
    expect(pending.acknowledge(ack(1, 'a'))).toBe('late')
    expect(pending.fail('declined')).toBe(false)
    expect(pending.failureReason).toBe('timed-out')
  })

  test('fails no more once its entry is being appended: only the log decides then', () => {
    const pending = pendingOf(1, ['a'])
    pending.acknowledge(ack(1, 'a'))
    pending.appending()
    expect(pending.fail('timed-out')).toBe(false)
    pending.completed()
    expect(pending.state).toBe('completed')
    expect(() => pending.lost()).toThrow(/open append/)
  })

  test('is not appended before it is complete', () => {
    expect(() => pendingOf(1).appending()).toThrow(/collecting to appending/)
    expect(() => pendingOf(1).acknowledgements()).toThrow(/all acknowledgements/)
  })

  test('fails as fenced when its position was lost', () => {
    const pending = pendingOf(1, ['a'])
    pending.acknowledge(ack(1, 'a'))
    pending.appending()
    pending.lost()
    expect(pending.failureReason).toBe('fenced')
  })
})

describe('what is owed', () => {
  test('is appended only when the entry before it is proven', () => {
    const owed = new OwedEntries()
    const entry = checkpoint(2, 1, 1, { owes: [committable(1, 1, 'a'), committable(1, 1, 'b')] })
    owed.owe(permitOf(standing(entry)), one)
    expect(owed.mayAppend()).toBe(false)
    expect(() => owed.owedBy([])).toThrow(/proven/)
    owed.proven(committable(1, 1, 'a').name)
    owed.proven(committable(1, 1, 'a').name)
    expect(owed.unproven().map(({ name }) => name.part)).toEqual(['b'])
    owed.proven(committable(1, 1, 'b').name)
    expect(owed.mayAppend()).toBe(true)
  })

  test('leaves out what earlier entries named, until nobody repeats it any more', () => {
    const owed = new OwedEntries()
    const named = committable(1, 1, 'a')
    owed.owe(permitOf(standing(checkpoint(2, 1, 1, { owes: [named] }))), one)
    owed.proven(named.name)
    const fresh = committable(1, 2, 'a')
    expect(owed.owedBy([[named, fresh], [named]])).toEqual([fresh])
    owed.forgetUpTo(one)
    expect(owed.owedBy([[fresh]])).toEqual([fresh])
  })

  test('names are equal exactly when all their parts are', () => {
    const base = committable(1, 1, 'a').name
    const others = [
      { ...base, generation: 2 },
      { ...base, checkpoint: 2 },
      { ...base, part: 'b' },
      { ...base, sink: 'x' },
      { ...base, logId: 'y' },
      { ...base, sink: 'out","a' },
    ]
    for (const other of others) expect(nameKey(other)).not.toBe(nameKey(base))
    expect(nameKey({ ...base })).toBe(nameKey(base))
  })
})

/** One attempt: subtasks that handle barriers, decline or acknowledge, hear late; a coordinator. */
function simulate(steps: readonly (readonly [decline: boolean, hears: boolean, fails: boolean])[]) {
  const ledgers = [new CommittableLedger(), new CommittableLedger()]
  const owed = new OwedEntries()
  const named: string[] = []
  const prepared: string[] = []
  let completed = 0
  let position = 1
  steps.forEach(([decline, hears, fails], index) => {
    const id = checkpointId(index + 1)
    const pending = pendingOf(id, ['0', '1'])
    ledgers.forEach((ledger, subtask) => {
      if (hears && completed > 0 && subtask === index % 2) ledger.completed(checkpointId(completed))
      const made = committable(1, id, String(subtask))
      ledger.prepared(id, [made])
      prepared.push(nameKey(made.name))
      if (decline && subtask === 1) pending.fail('declined')
      else pending.acknowledge(ack(id, String(subtask), { committables: ledger.owed(id) }))
    })
    if (fails) pending.fail('timed-out')
    if (pending.state !== 'complete') return
    const owes = owed.owedBy(pending.acknowledgements().map((taken) => taken.committables))
    position += 1
    owed.owe(permitOf(standing(checkpoint(position, id, 1, { owes }))), id)
    for (const { name } of owes) {
      named.push(nameKey(name))
      owed.proven(name)
    }
    completed = id
    owed.forgetUpTo(Math.min(...ledgers.map((ledger) => ledger.knownComplete)) as never)
  })
  const newest = prepared.filter((key) => JSON.parse(key)[3] <= completed)
  return { named, newest }
}

test('whatever fails and whoever hears late, entries name everything prepared exactly once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean())), (steps) => {
      const { named, newest } = simulate(steps)
      expect(named.toSorted()).toEqual(newest.toSorted())
    }),
  )
})
