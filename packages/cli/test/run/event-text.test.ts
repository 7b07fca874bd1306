import { SluiceError } from '@sluice/core/internal'
import { describe, expect, test } from 'vitest'
import { redactor } from '../../src/errors/secrets.ts'
import { eventJson } from '../../src/run/event-json.ts'
import { checkpointText, eventText, logText, resultLines } from '../../src/run/event-text.ts'
import { plain } from '../../src/text/paint.ts'
import { summary } from './status.ts'

const view = { paint: plain, redact: redactor() }

describe('events for people', () => {
  test('say where a run goes on from', () => {
    const running = { attempt: 1, generation: 3, restoredFrom: 7, recoveryMs: 120 }
    expect(eventText('running', running, view)).toBe(
      'running from checkpoint 7 after 120 ms (generation 3)',
    )
    const first = { attempt: 2, generation: 0, restoredFrom: undefined, recoveryMs: 5 }
    expect(eventText('running', first, view)).toBe(
      'running from the beginning after 5 ms (checkpoints are off, attempt 2)',
    )
  })

  test('are silent about what is no news', () => {
    const committed = { checkpoint: 3, committables: 2, durationMs: 1, recovered: false }
    expect(eventText('committed', committed, view)).toBeUndefined()
    expect(eventText('committed', { ...committed, recovered: true }, view)).toBe(
      'committed 2 promises of checkpoint 3 first',
    )
    expect(eventText('state', { state: 'running' }, view)).toBeUndefined()
  })

  test('tell of a checkpoint in figures', () => {
    expect(checkpointText({ checkpoint: summary() })).toBe(
      'checkpoint 7 in 12 ms: 1 MiB of state, 1 KiB of it new, 2 commits',
    )
  })

  test('show fields of the log, and errors among them by their message', () => {
    const fields = { tries: 3, error: { name: 'Error', message: 'mysql://a:geheim@db away' } }
    expect(logText({ timeMs: 0, level: 'warn', message: 'It is tried again.', fields }, view)).toBe(
      'warning It is tried again. tries=3 error=mysql://a:***@db away',
    )
  })
})

describe('the result', () => {
  const run = {
    job: 'shop',
    records: 3_000_000,
    completedCheckpoints: 12,
    durationMs: 12_300,
    storage: '.sluice/shop',
  }
  const result = { error: undefined, restarts: 0, lastCheckpoint: 12 } as const

  test('says what was done, and where the checkpoints are', () => {
    expect(resultLines({ ...result, outcome: 'finished' }, run, view)).toEqual([
      "finished 'shop': 3,000,000 records in 12.3 s (244 k/s), 12 checkpoints, no restart.",
      'Checkpoints are in .sluice/shop.',
    ])
  })

  test.each([
    ['finished-before', "finished before 'shop' has nothing left to do."],
    ['stopped', "stopped 'shop' with checkpoint 12: "],
    ['cancelled', "cancelled 'shop' at once: "],
    ['fenced', "fenced 'shop': a newer run of it has taken over."],
    ['failed', "failed 'shop': "],
  ] as const)('of a run that is %s says so', (outcome, text) => {
    expect(resultLines({ ...result, outcome }, run, view)[0]).toContain(text)
  })

  test('says how many records are in no result', () => {
    const figures = {
      'records-malformed': 1,
      'late-records': 1200,
      'records-between-windows': 80,
      'state-entries': 7,
    }
    const [line] = resultLines({ ...result, outcome: 'finished' }, { ...run, figures }, view)
    expect(line).toContain(
      'no restart, 1 malformed record passed over, 1,200 late records, 80 records between windows',
    )
  })

  test('names no folder where checkpoints are off', () => {
    const off = { ...run, storage: undefined }
    const lines = resultLines({ ...result, outcome: 'stopped' }, off, view)
    expect(lines).toHaveLength(1)
  })
})

describe('events for programs', () => {
  const json = { redact: redactor(), folder: '/', verbose: false }
  const parsed = (detail: Record<string, unknown>) =>
    JSON.parse(eventJson('x', detail, 0, json)) as Record<string, unknown>

  test('are one object a line with name and time', () => {
    expect(eventJson('running', { attempt: 1 }, 0, json)).toBe(
      '{"event":"running","time":"1970-01-01T00:00:00.000Z","attempt":1}',
    )
  })

  test('say in JSON what JSON lacks', () => {
    const detail = {
      none: Number.NEGATIVE_INFINITY,
      end: Number.POSITIVE_INFINITY,
      big: 2n ** 64n,
      bytes: new Uint8Array([1, 2]),
      map: new Map([['a', 1]]),
      at: new Date(0),
    }
    expect(parsed(detail)).toMatchObject({
      none: null,
      end: 'end',
      big: '18446744073709551616',
      bytes: { base64: 'AQI=' },
      map: { a: 1 },
      at: '1970-01-01T00:00:00.000Z',
    })
  })

  test('take errors apart and secrets out', () => {
    const error = new SluiceError('SINK_FAILED', 'mysql://a:geheim@db', { where: { sink: 's' } })
    expect(parsed({ error })['error']).toEqual({
      code: 'SINK_FAILED',
      message: 'mysql://a:***@db',
      domain: 'external',
      where: { sink: 's' },
    })
  })
})
