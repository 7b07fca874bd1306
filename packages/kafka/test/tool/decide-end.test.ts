import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideEnd, type EndFacts } from '../../src/tool/decide-end.ts'
import type { PromiseState } from '../../src/tool/job-checkpoints.ts'
import { type JobCheckpoints, promiseOf } from '../../src/tool/job-checkpoints.ts'
import {
  encodeStaged,
  encodeTransaction,
  type TransactionCommittable,
} from '../../src/transaction/committable.ts'
import { parseTransactionalId } from '../../src/transaction/transactional-id.ts'

const logId = '0123456789abcdef'
const slotId = `sluice/shop/${logId}/3/out/0/1`
const stagedId = `sluice/shop/${logId}/staged/out/0`
const committable: TransactionCommittable = {
  transactionalId: slotId,
  producerId: 1000,
  epoch: 4,
  transactionVersion: 2,
  checkpoint: 7,
  records: 3,
  partitions: [],
  ledgerPartition: 0,
  ledgerOffset: 0,
  abortsAtMs: undefined,
}
const promised: PromiseState = { kind: 'promised', checkpoint: 7, proven: false, committable }

function facts(parts: Partial<EndFacts> & { id?: string; state?: string } = {}): EndFacts {
  const { id = slotId, state = 'Ongoing', ...rest } = parts
  return {
    operation: 'abort',
    described: {
      transactionalId: id,
      state,
      producerId: 1000,
      epoch: 4,
      timeoutMs: 1000,
      beganAtMs: 0,
      partitions: [],
    },
    origin: parseTransactionalId(id),
    promise: { kind: 'unknown' },
    ledger: undefined,
    ...rest,
  }
}

describe('What an operator may do', () => {
  const promises: PromiseState[] = [
    promised,
    { kind: 'orphan' },
    { kind: 'may-be-promised' },
    { kind: 'unknown' },
  ]
  const anyFacts = fc.record({
    operation: fc.constantFrom('commit', 'abort'),
    id: fc.constantFrom(slotId, stagedId, 'another program'),
    state: fc.constantFrom('Ongoing', 'Empty', 'PrepareCommit', 'PrepareAbort', 'CompleteAbort'),
    promise: fc.constantFrom(...promises),
    ledger: fc.constantFrom('open', 'absent', 'unavailable', undefined),
  } as const)

  test('never aborts what is promised, whatever else is known', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideEnd(facts({ ...given, operation: 'abort', promise: promised }))
        expect(['refused', 'nothing-to-do']).toContain(verdict.kind)
      }),
    )
  })

  test('commits without force only what is promised', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideEnd(facts({ ...given, operation: 'commit' }))
        expect(verdict.kind === 'allowed').toBe(given.promise.kind === 'promised')
      }),
    )
  })

  test('aborts without force only orphans, staged records and what is not ours', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const verdict = decideEnd(facts({ ...given, operation: 'abort' }))
        if (verdict.kind !== 'allowed') return
        expect(given.id !== slotId || given.promise.kind === 'orphan').toBe(true)
      }),
    )
  })

  test('says that a prepared one may be promised', () => {
    expect(decideEnd(facts({ ledger: 'open' }))).toMatchObject({
      kind: 'needs-force',
      because: expect.stringContaining('prepared'),
      words: 'this may lose records',
    })
  })

  test('never publishes staged records without their ledger record', () => {
    expect(decideEnd(facts({ id: stagedId, operation: 'commit' })).kind).toBe('refused')
  })

  test('is nothing where nothing is open', () => {
    expect(decideEnd(facts({ described: undefined })).kind).toBe('nothing-to-do')
    expect(decideEnd(facts({ state: 'CompleteCommit' })).kind).toBe('nothing-to-do')
    expect(decideEnd(facts({ state: 'PrepareAbort' })).kind).toBe('nothing-to-do')
    expect(decideEnd(facts({ state: 'PrepareCommit' })).kind).toBe('refused')
  })
})

describe('What the checkpoints say of a transaction', () => {
  const name = { logId, sink: 'out', generation: 3, checkpoint: 7, part: '0/1' }
  const log = (parts: Partial<JobCheckpoints> = {}): JobCheckpoints => ({
    job: 'shop',
    logId,
    generation: 5,
    newest: {
      checkpoint: 7,
      owes: [{ name, bytes: encodeTransaction(committable) }],
      proven: false,
    },
    ...parts,
  })
  const of = (id: string, ...logs: JobCheckpoints[]) =>
    promiseOf(id, parseTransactionalId(id), logs).kind

  test('is a promise where the newest entry names it', () => {
    expect(of(slotId, log({ logId: 'anotherlog00' }), log())).toBe('promised')
  })

  test('is nothing certain without the log of its history', () => {
    expect(of(slotId)).toBe('unknown')
    expect(of(slotId, log({ job: 'shop-2' }))).toBe('unknown')
    expect(of(slotId, log({ logId: 'anotherlog00' }))).toBe('unknown')
    expect(of(slotId, log({ newest: 'unreadable' }))).toBe('unknown')
    expect(of('another program', log())).toBe('unknown')
  })

  test('is an orphan only of a run that is over', () => {
    const other = `sluice/shop/${logId}/3/out/0/2`
    expect(of(other, log())).toBe('orphan')
    expect(of(other, log({ generation: 3 }))).toBe('may-be-promised')
    expect(of(other, log({ newest: 'none' }))).toBe('orphan')
  })

  test('passes over what other connectors and staged writers prepared', () => {
    const staged = encodeStaged({
      transactionalId: stagedId,
      checkpoint: 7,
      previous: 0,
      records: 1,
      partitions: [],
    })
    const owes = [
      { name: { ...name, sink: 'files' }, bytes: new TextEncoder().encode('{}') },
      { name, bytes: staged },
    ]
    expect(of(slotId, log({ newest: { checkpoint: 7, owes, proven: false } }))).toBe('orphan')
  })
})
