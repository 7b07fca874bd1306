import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatSegmentName,
  parseSegmentName,
  planCollection,
  retainedWith,
} from '../../../src/checkpoint/protocol/collection.ts'
import { checkpointId, generation, logId } from '../../../src/checkpoint/protocol/identifiers.ts'
import type { RetainedCheckpoint } from '../../../src/checkpoint/protocol/log/entry.ts'
import { mayAbortAtEnd, Sweep } from '../../../src/checkpoint/protocol/sweep.ts'
import { at, checkpoint, committable, fence, LOG, standing, viewOf } from './entries.ts'

const other = logId('fedcba9876543210')

function segment(fields: {
  generation: number
  checkpoint: number
  sequence?: number
  log?: string
}) {
  return formatSegmentName({
    logId: (fields.log ?? LOG) as typeof LOG,
    generation: generation(fields.generation),
    checkpoint: checkpointId(fields.checkpoint),
    step: 'count-by-key',
    subtask: 1,
    sequence: fields.sequence ?? 0,
  })
}

describe('a sweep', () => {
  const promised = committable(2, 3, 'a')
  const sweep = new Sweep(standing(fence(6)), checkpoint(5, 3, 2, { owes: [promised] }))

  test('aborts names of lower generations', () => {
    expect(sweep.decide(committable(2, 3, 'b').name)).toBe('abort')
    expect(sweep.decide(committable(5, 9, 'a').name)).toBe('abort')
  })

  test('keeps what the newest entry below its fence names', () => {
    expect(sweep.decide(promised.name)).toBe('promised')
  })

  test('keeps its own names and those of its successors', () => {
    expect(sweep.decide(committable(6, 4, 'a').name)).toBe('not-older')
    expect(sweep.decide(committable(7, 4, 'a').name)).toBe('not-older')
  })

  test('touches nothing of another log', () => {
    expect(sweep.decide({ ...committable(1, 1, 'a').name, logId: other })).toBe('foreign-log')
  })
})

describe('a run that is over', () => {
  const mine = { logId: LOG, generation: generation(1) }
  const named = committable(1, 1, 'a')
  const log = viewOf([fence(1), checkpoint(2, 1, 1, { owes: [named] }), fence(3)])

  test('aborts its own names that no entry up to its successor names', () => {
    expect(mayAbortAtEnd(committable(1, 2, 'a').name, mine, log)).toBe(true)
    expect(mayAbortAtEnd(named.name, mine, log)).toBe(false)
    expect(mayAbortAtEnd(committable(3, 2, 'a').name, mine, log)).toBe(false)
    expect(mayAbortAtEnd({ ...named.name, part: 'b', logId: other }, mine, log)).toBe(false)
  })

  test('aborts nothing while its append may be open', () => {
    const open = viewOf([fence(1), checkpoint(2, 1, 1)])
    expect(() => mayAbortAtEnd(named.name, mine, open)).toThrow(/successor/)
  })

  test('aborts nothing where an entry cannot be read', () => {
    const damaged = viewOf([fence(1), undefined, fence(3)])
    expect(mayAbortAtEnd(committable(1, 2, 'a').name, mine, damaged)).toBe(false)
  })
})

describe('names of segments', () => {
  test('come back from their text, and nothing else is taken for one', () => {
    const name = segment({ generation: 12, checkpoint: 7, sequence: 3 })
    expect(parseSegmentName(name)).toMatchObject({ generation: 12, checkpoint: 7, sequence: 3 })
    for (const foreign of ['', 'notes.txt', `${name}.tmp`, name.replace('.12.', '.012.')]) {
      expect(parseSegmentName(foreign)).toBeUndefined()
    }
  })
})

describe('a collection', () => {
  function retained(position: number, id: number, ...segments: string[]): RetainedCheckpoint {
    return {
      position: at(position),
      checkpoint: checkpointId(id),
      generation: generation(1),
      segments,
    }
  }

  test('retains the newest, its own entry last', () => {
    const before = [retained(2, 1), retained(3, 2), retained(4, 3)]
    const positions = (keep: number) =>
      retainedWith(before, retained(6, 4), keep).map((kept) => kept.position)
    expect(positions(1)).toEqual([6])
    expect(positions(3)).toEqual([3, 4, 6])
    expect(positions(9)).toEqual([2, 3, 4, 6])
  })

  test('raises the floor to just below the oldest retained entry', () => {
    const entry = checkpoint(6, 4, 5, { retained: [retained(4, 3), retained(6, 4)] })
    const plan = planCollection(standing(entry), { positions: [6, 3, 1, 4, 5, 7], segments: [] })
    expect(plan.floor).toBe(3)
    expect(plan.entries).toEqual([1, 3])
  })

  test('deletes segments of lower generations and own ones up to this checkpoint', () => {
    const needed = segment({ generation: 1, checkpoint: 1 })
    const entry = checkpoint(6, 4, 5, { retained: [retained(6, 4, needed)] })
    const gone = [
      segment({ generation: 1, checkpoint: 2 }),
      segment({ generation: 1, checkpoint: 99 }),
      segment({ generation: 5, checkpoint: 3 }),
      segment({ generation: 5, checkpoint: 4, sequence: 8 }),
    ]
    const stays = [
      needed,
      segment({ generation: 5, checkpoint: 5 }),
      segment({ generation: 7, checkpoint: 1 }),
      segment({ generation: 1, checkpoint: 1, log: other }),
      'somebody-elses-file',
    ]
    const plan = planCollection(standing(entry), { positions: [], segments: [...stays, ...gone] })
    expect(plan.segments.toSorted()).toEqual(gone.toSorted())
  })

  test('keeps what the commits of the newest entry read, and of no older one', () => {
    const [before, now] = [1, 2].map((id) => segment({ generation: 5, checkpoint: id }))
    const older = { ...retained(4, 1), staged: [before as string] }
    const newest = { ...retained(6, 2), staged: [now as string] }
    const entry = checkpoint(6, 2, 5, { retained: retainedWith([older], newest, 3) })
    const listed = { positions: [], segments: [before as string, now as string] }
    expect(planCollection(standing(entry), listed).segments).toEqual([before])
  })

  test('never deletes what an entry retains, nor an entry above the floor', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        fc.array(fc.integer({ min: 1, max: 25 })),
        (positions, listed) => {
          const sorted = positions.toSorted((a, b) => a - b)
          const last = sorted.at(-1) as number
          const entry = checkpoint(last, 9, 1, {
            retained: sorted.map((position) => retained(position, 1)),
          })
          const plan = planCollection(standing(entry), { positions: listed, segments: [] })
          expect(plan.entries.some((position) => position > plan.floor)).toBe(false)
          expect(plan.entries.some((position) => sorted.includes(position))).toBe(false)
        },
      ),
    )
  })
})
