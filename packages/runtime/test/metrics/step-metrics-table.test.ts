import { describe, expect, it } from 'vitest'
import type { StepMetrics } from '../../src/metrics/step-metrics.ts'
import { StepMetricsTable } from '../../src/metrics/step-metrics-table.ts'

function row(step: string, subtask: number, recordsIn: number, watermark: number): StepMetrics {
  return {
    step,
    subtask,
    recordsIn,
    recordsOut: recordsIn * 2,
    busyMs: 1,
    backpressuredMs: 2,
    idleMs: 3,
    watermark,
    lateRecords: 0,
    named: { [`bytes-${subtask}`]: 4, files: 1 },
  }
}

describe('The table of step metrics', () => {
  it('keeps the newest row per step and subtask', () => {
    const table = new StepMetricsTable()
    table.update([row('a', 0, 1, 5), row('b', 0, 1, 5)])
    table.update([row('a', 0, 9, 6)])
    expect(table.rows().map(({ step, recordsIn }) => [step, recordsIn])).toEqual([
      ['a', 9],
      ['b', 1],
    ])
    table.clear()
    expect(table.rows()).toEqual([])
  })

  it('sums the subtasks of a step, and takes their lowest watermark', () => {
    const table = new StepMetricsTable()
    table.update([row('a', 0, 1, 7), row('a', 1, 10, 3), row('b', 0, 4, 4)])
    expect(table.totals()).toMatchObject([
      {
        step: 'a',
        subtasks: 2,
        recordsIn: 11,
        recordsOut: 22,
        busyMs: 2,
        watermark: 3,
        named: { 'bytes-0': 4, 'bytes-1': 4, files: 2 },
      },
      { step: 'b', subtasks: 1, recordsIn: 4 },
    ])
  })
})
