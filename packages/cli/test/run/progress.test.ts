import type { JobStatus } from '@sluice/runtime'
import { describe, expect, test } from 'vitest'
import { ProgressMeter, progressLine } from '../../src/run/progress.ts'
import { plain } from '../../src/text/paint.ts'
import { status, summary, totals } from './status.ts'

function meter(connector = 'generator'): ProgressMeter {
  const progress = new ProgressMeter()
  progress.setSources([{ step: 'clicks', connector }])
  return progress
}

const read = (recordsIn: number, parts: Partial<JobStatus> = {}): JobStatus =>
  status({ steps: [totals('clicks', { recordsIn }), totals('out', { recordsIn: 5 })], ...parts })

describe('progress', () => {
  test('counts what sources read, and its rate over the last seconds', () => {
    const progress = meter()
    progress.update(read(0), 0)
    progress.update(read(1_000), 1_000)
    expect(progress.update(read(3_000), 2_000)).toMatchObject({ records: 3_000, perSecond: 1_500 })
    for (let second = 3; second <= 12; second++) progress.update(read(3_000), second * 1_000)
    expect(progress.update(read(3_000), 13_000).perSecond).toBe(0)
  })

  test('goes on over restarts, where figures begin anew', () => {
    const progress = meter()
    progress.update(read(1_000), 0)
    expect(progress.update(read(10, { attempt: 2, restoredFrom: 1 }), 500).records).toBe(1_010)
  })

  test('knows the part that is done where a source counts in records', () => {
    const progress = meter()
    progress.update(read(0, { totals: { clicks: 1_000 } }), 0)
    const now = progress.update(read(250, { totals: { clicks: 1_000 } }), 1_000)
    expect(now.fraction).toBe(0.25)
    expect(now.remainingMs).toBe(3_000)
  })

  test('takes the bytes that were read, where a source counts them', () => {
    const steps = [totals('clicks', { recordsIn: 3, named: { 'bytes-read': 250 } })]
    const at = status({ steps, totals: { clicks: 1_000 } })
    expect(meter('files').update(at, 0).fraction).toBe(0.25)
    expect(meter('files').update({ ...at, restoredFrom: 3 }, 0).fraction).toBeUndefined()
  })

  test('does not guess where a source does not tell, or began in the middle', () => {
    const known = { totals: { clicks: 1_000 } }
    expect(meter('other').update(read(250, known), 0).fraction).toBeUndefined()
    expect(meter().update(read(250, { ...known, restoredFrom: 3 }), 0).fraction).toBeUndefined()
    expect(meter().update(read(250), 0).fraction).toBeUndefined()
  })

  test('takes the position that a source tells, in its own unit', () => {
    const steps = [totals('clicks', { recordsIn: 3, named: { position: 750 } })]
    const at = status({ steps, totals: { clicks: 1_000 }, restoredFrom: 3 })
    expect(meter('files').update(at, 0).fraction).toBe(0.75)
  })
})

describe('the progress line', () => {
  const progress = { records: 1_234_567, perSecond: 245_000, fraction: 0.42, remainingMs: 7_000 }

  test('says records, rate, part, time left and the last checkpoint', () => {
    const now = status({ lastCheckpoint: summary({ completedAtMs: 1_000 }), restarts: 2 })
    expect(progressLine(now, progress, 4_500, plain)).toBe(
      'running  42 % [########            ] 1,234,567 records · 245 k/s · 7 s left · ' +
        'checkpoint 7 3 s ago · restarted 2×',
    )
  })

  test('leaves out what is not known', () => {
    const unknown = { ...progress, fraction: undefined, remainingMs: undefined }
    expect(progressLine(status(), unknown, 0, plain)).toBe(
      'running 1,234,567 records · 245 k/s · no checkpoint yet',
    )
    expect(progressLine(status({ restoredFrom: 3 }), unknown, 0, plain)).toContain(
      'from checkpoint 3',
    )
  })
})
