import { describe, expect, test } from 'vitest'
import { wireStatus } from '../../src/dev/child-messages.ts'
import { DevLife, devTransitions, type DevState } from '../../src/dev/dev-life.ts'
import { type DevModel, devLines } from '../../src/dev/dev-view.ts'
import { StepRates } from '../../src/dev/step-rates.ts'
import { plain } from '../../src/text/paint.ts'
import { widthOf } from '../../src/text/width.ts'
import { status, summary, totals } from '../run/status.ts'

const order = ['orders', 'per-minute', 'out']

function rows() {
  const rates = new StepRates()
  const at = (recordsIn: number, busyMs: number) => [
    totals('per-minute', { recordsIn: 10, backpressuredMs: busyMs, idleMs: 100, lateRecords: 3 }),
    totals('orders', { recordsIn, busyMs, idleMs: 100, subtasks: 2, watermark: 0 }),
  ]
  rates.update(at(0, 0), 1, 0, order)
  return rates.update(at(20_000, 900), 1, 1_000, order)
}

const model: DevModel = {
  state: 'running',
  file: 'job.ts',
  facts: { job: 'shop', sources: [], steps: order, storage: '.sluice/shop', warnings: [] },
  status: wireStatus(status({ generation: 4, lastCheckpoint: summary({ completedAtMs: 9_000 }) })),
  rows: rows(),
  runningSinceMs: 0,
  reloads: 2,
  question: undefined,
}
const window = { columns: 120, rows: 30 }

describe('the screen of dev', () => {
  test('shows the state, the last checkpoint, the steps and the keys', () => {
    expect(devLines(model, 12_345, plain, window)).toEqual([
      '',
      'shop · running · for 12 s · generation 4 · 2 reloads',
      'checkpoint 7, 3 s ago · took 12 ms · 1 MiB of state, 1 KiB new · .sluice/shop',
      '',
      'step        ×      in    in/s  out  out/s   busy  held up  watermark            late',
      'orders      2  20,000  20 k/s              100 %      0 %  1970-01-01 00:00:00',
      'per-minute  1      10     0/s                0 %    100 %  none yet                3',
      '',
      'r reloads · q stops',
    ])
  })

  test('fits into any window, and says what it leaves out', () => {
    for (const columns of [10, 30, 60, 100]) {
      for (const line of devLines(model, 0, plain, { columns, rows: 30 }).slice(4, -2)) {
        expect(widthOf(line)).toBeLessThan(columns)
      }
    }
    const low = devLines(model, 0, plain, { columns: 120, rows: 9 })
    expect(low.length).toBeLessThanOrEqual(9)
    expect(low.join('\n')).toContain('… 2 more steps; make the window higher')
  })

  test('asks what to do with code that does not fit', () => {
    const question = { lines: ['It cannot go on:', "  - 'a' has no match"], canKeep: true }
    const lines = devLines({ ...model, state: 'asking', question }, 0, plain, window)
    expect(lines[1]).toContain('your decision is needed')
    expect(lines.slice(-5)).toEqual([
      'It cannot go on:',
      "  - 'a' has no match",
      'k keeps the old code running until the file changes again',
      'n starts the new code from the beginning (output is written again)',
      'q quits',
    ])
    const gone = { ...model, state: 'asking', question: { ...question, canKeep: false } } as const
    expect(devLines(gone, 0, plain, window).join('\n')).not.toContain('keeps the old code')
  })

  test('says what the keys do where nothing runs', () => {
    const waiting = { ...model, state: 'waiting', runningSinceMs: undefined } as const
    const lines = devLines(waiting, 0, plain, window)
    expect(lines[1]).toContain('not running')
    expect(lines.at(-1)).toBe('r starts it again · n starts from the beginning · q stops')
  })

  test('shows nothing of a run before there is one', () => {
    const first = {
      ...model,
      state: 'preparing',
      facts: undefined,
      status: undefined,
      rows: [],
    } as const
    expect(devLines({ ...first, reloads: 0, runningSinceMs: undefined }, 0, plain, window)).toEqual(
      ['', 'job.ts · loading', '', 'r reloads · q stops'],
    )
  })
})

describe('rates of steps', () => {
  test('are taken over the last seconds, per subtask time', () => {
    const [orders, perMinute] = rows()
    expect(orders).toMatchObject({ step: 'orders', inPerSecond: 20_000, busy: 1 })
    expect(perMinute).toMatchObject({ step: 'per-minute', busy: 0, backpressured: 1 })
  })

  test('begin anew with each attempt', () => {
    const rates = new StepRates()
    rates.update([totals('orders', { recordsIn: 1_000 })], 1, 0, order)
    const [row] = rates.update([totals('orders', { recordsIn: 9_000 })], 2, 1_000, order)
    expect(row).toMatchObject({ inPerSecond: 0, busy: undefined })
  })

  test('keep the order of the graph', () => {
    const steps = ['x', 'out', 'orders'].map((step) => totals(step))
    expect(new StepRates().update(steps, 1, 0, order).map((row) => row.step)).toEqual([
      'orders',
      'out',
      'x',
    ])
  })
})

describe('the life of dev', () => {
  test('refuses what the table does not allow, and tells each state', () => {
    const seen: DevState[] = []
    const life = new DevLife((state) => seen.push(state))
    life.enter('running')
    life.enter('reloading')
    life.enter('replacing')
    expect(() => life.enter('asking')).toThrow('sluice dev goes from replacing to asking')
    expect(seen).toEqual(['running', 'reloading', 'replacing'])
  })

  test('can end from every state, and from the end nothing follows', () => {
    for (const [state, next] of Object.entries(devTransitions)) {
      const following: readonly string[] = next
      if (state === 'ended') expect(following).toEqual([])
      else expect(following).toContain('ended')
    }
  })
})
