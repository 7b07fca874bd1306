import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TemporalJoinOperator } from '../../src/join/temporal-join-operator.ts'
import { histories, inTime, type Joined, JoinRun, type Outcome, select } from './joined-events.ts'

const run = (type: 'inner' | 'left' = 'left') =>
  new JoinRun(new TemporalJoinOperator({ type, select }))

/** By definition, where no version is late: the newest one at or before the record's time. */
function naive(history: readonly Joined[], type: 'inner' | 'left'): Outcome {
  const { kept, late } = inTime(history, ({ at }, watermark) => at <= watermark)
  const versions = kept.filter(({ side }) => side === 'right')
  const pairs: string[] = []
  for (const record of kept.filter(({ side }) => side === 'left')) {
    const version = versions
      .filter(({ key, at }) => key === record.key && at <= record.at)
      .sort((a, b) => a.at - b.at || a.id - b.id)
      .at(-1)
    if (version === undefined && type === 'inner') continue
    pairs.push(`${JSON.stringify([record.id, version?.id])} at ${record.at}`)
  }
  return { pairs: pairs.sort(), late }
}

/** Watermarks that are never above the time of a version still to come. */
function withVersionsInTime(history: readonly Joined[]): Joined[] {
  let earliest = Number.POSITIVE_INFINITY
  return history
    .toReversed()
    .map((event) => {
      if (event.side === 'right') earliest = Math.min(earliest, event.at - 1)
      const { watermark } = event
      if (watermark === undefined) return event
      return { ...event, watermark: Math.min(watermark, earliest) }
    })
    .toReversed()
}

let ids = 0
const order = (at: number): Joined => {
  return { side: 'left', key: 'a', at, id: ids++, watermark: undefined }
}
const rate = (at: number): Joined => ({ ...order(at), side: 'right' })

describe('a temporal join', () => {
  test('gives each record the newest version at or before its time', () => {
    fc.assert(
      fc.property(histories, fc.constantFrom('inner', 'left'), (drawn, type) => {
        const history = withVersionsInTime(drawn)
        const joined = run(type).play(history)
        expect(joined.outcome).toEqual(naive(history, type))
        expect(joined.tooEarly).toEqual([])
        expect(joined.host.timersWaiting).toBe(0)
        const keys = new Set(history.filter(({ side }) => side === 'right').map(({ key }) => key))
        expect(joined.host.entriesStored).toBe(keys.size)
      }),
      { numRuns: 1000 },
    )
  })

  test('waits for versions until the watermark is there', () => {
    const joined = run('inner')
    const [first, second] = [rate(10), rate(20)]
    const [early, later] = [order(19), order(20)]
    for (const event of [later, early, second, first]) joined.record(event)
    joined.watermark(19)
    expect(joined.outcome.pairs).toEqual([`[${early.id},${first.id}] at 19`])
    joined.watermark(20)
    expect(joined.outcome.pairs).toContain(`[${later.id},${second.id}] at 20`)
  })

  test('a late version counts for the records still to come, unless a newer one is known', () => {
    const joined = run('left')
    joined.watermark(100)
    const [late, older] = [rate(50), rate(40)]
    const after = order(101)
    for (const event of [late, older, after]) joined.record(event)
    joined.watermark(101)
    expect(joined.outcome).toEqual({
      pairs: [`[${after.id},${late.id}] at 101`],
      late: [older.id],
    })
  })

  test('a record behind a version that is in force, after a restore, is late', () => {
    const joined = run('left')
    joined.record(rate(100))
    joined.watermark(100)
    joined.host.watermark(90)
    const record = order(95)
    joined.record(record)
    joined.watermark(200)
    expect(joined.outcome).toEqual({ pairs: [], late: [record.id] })
  })

  test('joins many records of one instant in several calls', () => {
    const joined = run('left')
    const version = rate(5)
    joined.record(version)
    const orders = Array.from({ length: 1000 }, () => order(7))
    for (const each of orders) joined.record(each)
    joined.watermark(7)
    const expected = orders.map(({ id }) => `[${id},${version.id}] at 7`)
    expect(joined.outcome.pairs).toEqual(expected.sort())
    expect([joined.host.entriesStored, joined.host.timersWaiting]).toEqual([1, 0])
  })
})
