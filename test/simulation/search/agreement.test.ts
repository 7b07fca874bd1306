// The search decides in compact tables what the engine decides in
// packages/runtime/src/checkpoint/protocol. Here both are asked the same questions: append, floor,
// recovery, owed lists, sweeps, collection.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CommittableName, NamedCommittable } from '@sluice/core/connector'
import {
  CommittableLedger,
  LogReading,
  OwedEntries,
  Sweep,
  aboveFloor,
  checkpointId,
  chooseFence,
  fenceEntry,
  fencedBy,
  floorOf,
  formatSegmentName,
  generation,
  judgeAppend,
  logId,
  logPosition,
  mayAbortAtEnd,
  nonce,
  permitOf,
  planCollection,
  planRecovery,
} from './engine-decisions.ts'
import type { CheckpointEntry, FenceEntry, LogEntry, LogView } from './engine-decisions.ts'
import {
  ACK_KNOWN,
  BASE_ID,
  CHECKPOINT,
  COLLECT,
  COLLECT_DELETE,
  COMPLETED,
  FENCE,
  FLOOR,
  GENERATION,
  GENERATIONS,
  HANDLED,
  IDS,
  NAME_PREPARED,
  NEWEST_AT,
  NEWEST_GENERATION,
  NEWEST_ID,
  NEWEST_OWES,
  NEXT,
  SEGMENT,
  stateLayout,
} from './model/fields.ts'
import { create, isFenced, isMine, readLog } from './model/log-steps.ts'
import { abortOwn, collect, endingRun, startCollector, sweep } from './model/recovery-steps.ts'
import { owedBit, SearchModel } from './model/search-model.ts'
import { owedBy } from './model/task-steps.ts'
import { rulesWithout } from './rules.ts'
import { fullSearches } from './searches.ts'
import { fileSink } from './sinks/file-sink.ts'
import { slotField } from './sinks/pooled-sink.ts'

const LOG = logId('0123456789abcdef')
const bounds = { ...(fullSearches[0] as (typeof fullSearches)[0]).bounds, records: 3 }
const model = new SearchModel(bounds, rulesWithout(), fileSink)
const run = model.runAt(0)

/** An entry of both worlds; generations of the search are ranks of fences. */
interface Written {
  readonly kind: 'fence' | 'checkpoint'
  readonly owes: number
}

/** Alternating logs: fences and checkpoints with rising ids, at most three checkpoints. */
const logs = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 63 })), { maxLength: 5 })
  .map((steps): Written[] => {
    const log: Written[] = []
    let checkpoints = 0
    let fences = 0
    for (const [isFence, owes] of steps) {
      if (log.length === 0 || isFence || checkpoints === IDS) {
        if (fences === GENERATIONS - 1) continue
        fences += 1
        log.push({ kind: 'fence', owes: 0 })
      } else {
        checkpoints += 1
        log.push({ kind: 'checkpoint', owes: owes & (4 ** checkpoints - 1) })
      }
    }
    return log
  })

function nameOf(fenceAt: number, id: number, subtask: number): CommittableName {
  return { logId: LOG, sink: 'out', generation: fenceAt, checkpoint: id, part: String(subtask) }
}

function committables(fenceAt: number, owes: number): NamedCommittable[] {
  const named: NamedCommittable[] = []
  for (let id = 1; id <= IDS; id++) {
    for (let subtask = 0; subtask < 2; subtask++) {
      if ((owes & owedBit(id, subtask)) === 0) continue
      named.push({ name: nameOf(fenceAt, id, subtask), bytes: new Uint8Array() })
    }
  }
  return named
}

/** The same log for the engine and for the search, and the position of each generation's fence. */
function bothLogs(log: readonly Written[]) {
  const state = new Uint8Array(stateLayout.size)
  const entries: LogEntry[] = []
  const fences = [0]
  let id = 0
  log.forEach(({ kind, owes }, index) => {
    const position = index + 1
    if (kind === 'fence') fences.push(position)
    else id += 1
    const rank = fences.length - 1
    const fenceAt = fences[rank] as number
    const head = {
      job: 'shop',
      logId: LOG,
      position: logPosition(position),
      nonce: nonce(`nonce-000000${position}`),
      generation: generation(fenceAt),
      writtenAtMs: 0,
    }
    entries.push(
      kind === 'fence'
        ? { ...head, kind, restores: null, givenUp: [] }
        : checkpointEntry(head, id, committables(fenceAt, owes)),
    )
    create(state, position, {
      kind: kind === 'fence' ? FENCE : CHECKPOINT,
      writer: 0,
      generation: rank,
      id: kind === 'fence' ? 0 : id,
      read0: 0,
      read1: 0,
      owes,
    })
  })
  return { state, entries, fences }
}

function checkpointEntry(
  head: Omit<CheckpointEntry, 'kind' | 'checkpoint'> | object,
  id: number,
  owes: readonly NamedCommittable[],
): CheckpointEntry {
  return {
    ...(head as CheckpointEntry),
    kind: 'checkpoint',
    checkpoint: checkpointId(id),
    end: 'continues',
    triggeredAtMs: 0,
    plan: { hash: '', parallelism: 2, maxParallelism: 128 },
    steps: [],
    owes,
    idempotentSinks: [],
    retained: [],
  }
}

function viewOf(entries: readonly LogEntry[]): LogView {
  const reading = new LogReading('shop', 'here', 0)
  for (const entry of entries) reading.add({ kind: 'entry', entry })
  reading.add({ kind: 'absent' })
  return reading.view()
}

function standing<Entry extends LogEntry>(entry: Entry) {
  const decision = judgeAppend(entry, { kind: 'entry', entry })
  if (decision.kind !== 'won') throw new Error('unreachable')
  const floor = aboveFloor(decision.won, 0)
  if (floor.kind !== 'stands') throw new Error('unreachable')
  return floor.standing
}

function newFence(view: LogView): FenceEntry {
  const decision = chooseFence(view, { from: 'latest', acceptDuplicates: false })
  if (decision.kind === 'stop') throw decision.error
  const drawn = { nonce: nonce('nonce-own-0000'), logId: LOG, writtenAtMs: 0 }
  return fenceEntry(view, decision.choice, drawn)
}

describe('the search and the engine agree', () => {
  test('on whose entry stands at a position, and on the floor', () => {
    for (const mine of [true, false]) {
      for (const floor of [0, 1, 2, 3]) {
        const state = new Uint8Array(stateLayout.size)
        const draft = { kind: FENCE, writer: 0, generation: 1, id: 0, read0: 0, read1: 0, owes: 0 }
        create(state, 2, { ...draft, writer: mine ? 0 : 1 })
        const own = { ...newFence(viewOf([])), position: logPosition(2) }
        const found = mine ? own : { ...own, nonce: nonce('nonce-other-00') }
        const decision = judgeAppend(own, { kind: 'entry', entry: found })
        expect(decision.kind === 'won').toBe(isMine(model, state, 2, draft))
        if (decision.kind !== 'won') continue
        expect(aboveFloor(decision.won, floorOf(floor)).kind === 'void').toBe(2 <= floor)
      }
    }
  })

  test('on what a starting run finds in the log', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const { state, entries, fences } = bothLogs(log)
        const view = viewOf(entries)
        const plan = planRecovery(standing(newFence(view)), view)
        expect(readLog(state, run)).toBe(true)
        expect(state[run + NEXT]).toBe(view.next)
        expect(state[run + GENERATION]).toBe(fences.length)
        expect(state[run + NEWEST_AT]).toBe(plan.newest?.position ?? 0)
        expect(fences[state[run + NEWEST_GENERATION] as number]).toBe(plan.newest?.generation ?? 0)
        expect(state[run + NEWEST_ID]).toBe(plan.newest?.checkpoint ?? 0)
        expect((state[run + BASE_ID] as number) + 1).toBe(plan.nextCheckpoint)
        const fenceAt = fences[state[run + NEWEST_GENERATION] as number] as number
        expect(committables(fenceAt, state[run + NEWEST_OWES] as number)).toEqual(
          plan.permit?.owes ?? [],
        )
      }),
    )
  })

  test('on whether a run is over', () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: GENERATIONS }), (log, rank) => {
        const { state, entries, fences } = bothLogs(log)
        const mine = fences[rank]
        if (mine === undefined) return
        expect(isFenced(state, rank)).toBe(
          fencedBy(viewOf(entries), generation(mine)) !== undefined,
        )
      }),
    )
  })

  test('on what a sweep aborts', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const { state, entries, fences } = bothLogs(log)
        const view = viewOf(entries)
        const fence = standing(newFence(view))
        const decide = new Sweep(fence, planRecovery(fence, view).newest)
        readLog(state, run)
        fences.push(fence.entry.position)
        state.fill(1, NAME_PREPARED, NAME_PREPARED + GENERATIONS * IDS * 2)
        sweep(model, state, run)
        forEachName((rank, id, subtask) => {
          if (fences[rank] === undefined) return
          const kept = state[NAME_PREPARED + slotField(rank, id, subtask)] !== 0
          const decision = decide.decide(nameOf(fences[rank], id, subtask))
          expect(decision !== 'abort').toBe(kept)
        })
      }),
    )
  })

  test('on what a run that is over aborts', () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 1, max: GENERATIONS }), (log, rank) => {
        const { state, entries, fences } = bothLogs(log)
        const mine = fences[rank]
        if (mine === undefined || fences[rank + 1] === undefined) return
        const view = viewOf(entries)
        state[run + GENERATION] = rank
        state[run + HANDLED] = IDS
        state[run + HANDLED + 1] = IDS
        state.fill(1, NAME_PREPARED, NAME_PREPARED + GENERATIONS * IDS * 2)
        abortOwn(model, state, run, endingRun(model, state, 0))
        forEachName((of, id, subtask) => {
          if (fences[of] === undefined) return
          const aborted = state[NAME_PREPARED + slotField(of, id, subtask)] === 0
          const own = { logId: LOG, generation: generation(mine) }
          expect(mayAbortAtEnd(nameOf(fences[of], id, subtask), own, view)).toBe(aborted)
        })
      }),
    )
  })

  test('on what an entry owes', () => {
    const small = fc.integer({ min: 0, max: IDS })
    fc.assert(
      fc.property(small, small, small, fc.integer({ min: 1, max: IDS }), (k0, k1, done, id) => {
        const completed = Math.min(done, id - 1)
        const known = [Math.min(k0, completed), Math.min(k1, completed)]
        const state = new Uint8Array(stateLayout.size)
        state[run + GENERATION] = 1
        state[run + COMPLETED] = completed
        const owed = new OwedEntries()
        if (completed > 0) {
          const head = { logId: LOG, position: logPosition(2), generation: generation(1) }
          const entry = checkpointEntry(head, completed, committables(1, 4 ** completed - 1))
          owed.owe(permitOf(standing(entry)), checkpointId(completed))
          for (const { name } of entry.owes) owed.proven(name)
        }
        const acknowledged = known.map((upTo, subtask) => {
          state[run + ACK_KNOWN + (id - 1) * 2 + subtask] = upTo
          const ledger = new CommittableLedger()
          for (let earlier = 1; earlier <= id; earlier++) {
            const made = { name: nameOf(1, earlier, subtask), bytes: new Uint8Array() }
            ledger.prepared(checkpointId(earlier), [made])
          }
          if (upTo > 0) ledger.completed(checkpointId(upTo))
          return ledger.owed(checkpointId(id))
        })
        const owes = owed.owedBy(acknowledged).map(({ name }) => JSON.stringify(name))
        const searched = committables(1, owedBy(model, state, run, id))
        expect(owes.toSorted()).toEqual(searched.map(({ name }) => JSON.stringify(name)).toSorted())
      }),
    )
  })

  test('on what a collection deletes', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const { state, entries, fences } = bothLogs(log)
        const found = entries.findLast((entry) => entry.kind === 'checkpoint')
        if (found?.kind !== 'checkpoint') return
        const rank = fences.indexOf(found.generation)
        const segments = new Map<string, number>()
        forEachName((of, id, subtask) => {
          const field = slotField(of, id, subtask)
          if (fences[of] !== undefined) segments.set(segmentOf(fences[of], id, subtask), field)
        })
        const own = [0, 1].map((subtask) => segmentOf(found.generation, found.checkpoint, subtask))
        const { position, checkpoint } = found
        const entry: CheckpointEntry = {
          ...found,
          retained: [{ position, checkpoint, generation: found.generation, segments: own }],
        }
        const listed = {
          positions: entries.map((each) => each.position),
          segments: [...segments.keys()],
        }
        const plan = planCollection(standing(entry), listed)
        state.fill(1, SEGMENT, SEGMENT + GENERATIONS * IDS * 2)
        state[run + GENERATION] = rank
        startCollector(state, run, position, rank, checkpoint)
        state[run + COLLECT] = COLLECT_DELETE
        model.visit = (next) => {
          for (const [name, field] of segments) {
            expect(plan.segments.includes(name)).toBe(next[SEGMENT + field] === 0)
          }
        }
        expect(plan.floor).toBe(position - 1)
        collect(model, state, 0)
        expect(state[FLOOR]).toBe(0)
      }),
    )
  })
})

function forEachName(call: (generation: number, id: number, subtask: number) => void): void {
  for (let of = 1; of <= GENERATIONS; of++) {
    for (let id = 1; id <= IDS; id++) for (const subtask of [0, 1]) call(of, id, subtask)
  }
}

function segmentOf(fenceAt: number, id: number, subtask: number): string {
  return formatSegmentName({
    logId: LOG,
    generation: generation(fenceAt),
    checkpoint: checkpointId(id),
    step: 'count',
    subtask,
    sequence: 0,
  })
}
