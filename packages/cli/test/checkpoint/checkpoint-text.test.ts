import type { NamedCommittable } from '@sluice/core/connector'
import { describe, expect, test } from 'vitest'
import { listedSlots, listLines } from '../../src/checkpoint/list-text.ts'
import { checkpointLines } from '../../src/checkpoint/show-text.ts'
import type { Verification } from '../../src/checkpoint/verification.ts'
import { verificationLines } from '../../src/checkpoint/verify-text.ts'
import { plain } from '../../src/text/paint.ts'
import { widthOf } from '../../src/text/width.ts'
import { checkpoint, fence, log, slot } from './log.ts'

const nowMs = Date.UTC(2026, 0, 31, 12, 1, 0)

const owed: NamedCommittable = {
  name: { logId: 'log', sink: 'out', generation: 1, checkpoint: 2, part: 'p0' },
  bytes: new TextEncoder().encode('.part-1'),
}

const shop = log(
  slot(fence(1, null)),
  slot(checkpoint(2, 1), 'proven'),
  slot(checkpoint(3, 2, { owes: [owed] }), 'open'),
  slot(fence(4, 3)),
  { kind: 'damaged', position: 5, sizeBytes: 10, reason: 'its checksum does not match' },
)

describe('the list of checkpoints', () => {
  test('has a row per position, whatever stands there', () => {
    const lines = listLines(shop, nowMs, plain, Number.POSITIVE_INFINITY)
    expect(lines.map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
      "folder .sluice/shop: job 'shop', 2 checkpoints, newest is 2, taken 2026-01-31 12:00:02 UTC",
      '',
      'position | kind | id | generation | age | state | owes',
      '1 | fence | 1 | 1 min ago | starts from the beginning',
      '2 | checkpoint | 1 | 1 | 59 s ago | 2 KiB | committed',
      '3 | checkpoint | 2 | 1 | 58 s ago | 2 KiB | 1 not noted yet | kept',
      '4 | fence | 4 | 1 min ago | goes on from checkpoint 2',
      '5 | damaged | its checksum does not match',
    ])
  })

  test('fits into a narrow window', () => {
    for (const line of listLines(shop, nowMs, plain, 40).slice(2)) {
      expect(widthOf(line)).toBeLessThanOrEqual(40)
    }
  })

  test('is data for programs', () => {
    expect(listedSlots(shop)[2]).toEqual({
      position: 3,
      kind: 'checkpoint',
      checkpoint: 2,
      generation: 1,
      writtenAt: '2026-01-31T12:00:02.000Z',
      stateBytes: 2048,
      segments: 1,
      owes: 1,
      commits: 'open',
      retained: true,
      detail: '',
    })
  })

  test('tells the ends of runs from other checkpoints, and says when there is none', () => {
    const ended = log(
      slot(checkpoint(2, 1, { end: 'stopped' })),
      slot(checkpoint(3, 2, { end: 'finished' })),
    )
    expect(listedSlots(ended).map(({ kind }) => kind)).toEqual(['stop', 'finished'])
    expect(listLines(log(), nowMs, plain, 80)[0]).toBe('folder .sluice/shop: no checkpoint')
  })
})

test('a checkpoint shows everything that its entry says', () => {
  const entry = checkpoint(3, 2, { owes: [owed] })
  const json = (value: unknown) =>
    JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
  const lines = checkpointLines(
    { entry, commits: 'open', sizeBytes: 900 },
    { paint: plain, columns: Number.POSITIVE_INFINITY, json },
  )
  expect(lines.slice(0, -2)).toEqual([
    "checkpoint 2 of 'shop'",
    '  taken        2026-01-31 12:00:01 UTC, written 12 ms later; the job went on',
    '  position     3 of log log, generation 1',
    '  plan         f00',
    '  parallelism  2, 128 key groups',
    '  size         1 segment with 2 KiB, entry 900 B',
    '  kept         1 checkpoint: 2',
    '  owes         1 committable, not noted as committed: the next run commits them first',
    '    sink  generation  checkpoint  part  committable',
    '    out   1           2           p0    .part-1',
    '',
    'orders ×2  ab12',
    '  watermarks   2026-01-31 12:00:00, none yet',
    '  input        goes on',
    '  enumerator   {"files":["a.ndjson"]}',
    '  split        {"id":"a.ndjson:0","position":"7"}, event time 2026-01-31 12:00:00',
  ])
  expect(lines.at(-2)).toMatch(/^ {4}segment +kind +key groups +entries +size +checksum$/)
  expect(lines.at(-1)).toMatch(/log\.1\.2\.orders\.0\.1\.segment +base +0-63 +5 +2 KiB +c0ffee$/)
})

test('a verification says what is wrong, and what can still be restored', () => {
  const found: Verification = {
    location: 'folder .sluice/shop',
    job: 'shop',
    entries: 3,
    checkpoints: [1, 2],
    segments: 2,
    bytesRead: 4096,
    problems: [
      {
        kind: 'damaged',
        what: 'x.segment',
        detail: 'its checksum does not match',
        checkpoints: [2],
      },
    ],
    unreferenced: ['y.segment'],
    foreign: ['notes.txt'],
    savepoints: ['daily'],
  }
  expect(verificationLines(found, plain)).toEqual([
    "1 problem in folder .sluice/shop of 'shop': 3 entries, 1 savepoint, 2 segments, 4 KiB read",
    '  damaged x.segment: its checksum does not match',
    'Checkpoint 1 can be restored.',
    '1 segment that no checkpoint names: of one under way, or left by a run that was killed ' +
      '(removed by the next checkpoint, or `sluice checkpoint gc`):',
    '  y.segment',
    '1 file among the segments that are not of this log.',
  ])
  const intact = verificationLines({ ...found, problems: [], unreferenced: [], foreign: [] }, plain)
  expect(intact).toEqual([
    "intact folder .sluice/shop of 'shop': 3 entries, 1 savepoint, 2 segments, 4 KiB read",
    'Checkpoints 1, 2 can be restored.',
  ])
})
