import { describe, expect, it } from 'vitest'
import { prometheusText } from '../../src/metrics/prometheus-text.ts'

describe('The Prometheus page', () => {
  it('has one family per figure, with escaped labels and Prometheus units', () => {
    const text = prometheusText(
      'say "hi"\\\n',
      [{ name: 'checkpoints-completed', kind: 'counter', help: 'Done.', value: 3 }],
      [
        {
          step: 'a',
          subtask: 1,
          recordsIn: 10,
          recordsOut: 5,
          busyMs: 1500,
          backpressuredMs: 0,
          idleMs: 0,
          watermark: Number.NEGATIVE_INFINITY,
          lateRecords: 0,
          named: { 'bytes-read': 7 },
        },
      ],
    )
    const job = 'job="say \\"hi\\"\\\\\\n"'
    expect(text.startsWith('# HELP sluice_checkpoints_completed Done.\n')).toBe(true)
    expect(text).toContain('# TYPE sluice_checkpoints_completed counter\n')
    expect(text).toContain(`\nsluice_checkpoints_completed{${job}} 3\n`)
    expect(text).toContain(`\nsluice_step_busy_seconds_total{${job},step="a",subtask="1"} 1.5\n`)
    expect(text).toContain(`\nsluice_step_watermark_seconds{${job},step="a",subtask="1"} -Inf\n`)
    expect(text).toContain('# TYPE sluice_named_bytes_read untyped\n')
    expect(text).toContain(`\nsluice_named_bytes_read{${job},step="a",subtask="1"} 7\n`)
    const sampleLine = /^[a-z_]+\{[^\n]*\} (-?[\d.e+]+|[+-]Inf|NaN)$/
    const samples = text
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('# '))
    for (const line of samples) expect(line).toMatch(sampleLine)
  })

  it('leaves out families without samples', () => {
    expect(prometheusText('job', [], [])).toBe('')
  })
})
