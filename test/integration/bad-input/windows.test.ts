// Windows that are none: each is refused where the job is built, with the place in the user's file
// and what to write instead. And windows with gaps, whose records between them are counted.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OrdersFolder } from './orders-folder.ts'

const timeout = 60_000

function jobWith(window: string): string {
  return `import * as s from 'sluice'

const numbers = s.generatorSource({ count: 100, generate: (n) => ({ n, at: n * 1000 }) })

export default s.defineJob({
  name: 'windowed',
  graph(job) {
    job
      .from('numbers', numbers, { eventTime: ({ at }) => at })
      .keyBy(() => 'all')
      .window(${window})
      .aggregate('counts', { n: s.count() })
      .to('screen', s.consoleSink({ line: ({ value }) => String(value.n) }))
  },
})
`
}

const settings = 'SETTING_INVALID'
const duration = 'DURATION_INVALID'
const aDuration = "Write a number and a unit: '500ms', '10s', '5m', '1h', '1d'."

const broken: readonly (readonly [window: string, code: string, message: string, hint: string])[] =
  [
    [
      `s.tumbling('0s')`,
      settings,
      'A window must be longer than nothing.',
      "The length of a window must be at least '1ms'.",
    ],
    [
      `s.tumbling('5 minutes' as never)`,
      duration,
      "The length of a window: '5 minutes' is not a duration.",
      aDuration,
    ],
    [
      's.tumbling(60_000 as never)',
      duration,
      'The length of a window: 60000 is not a duration.',
      aDuration,
    ],
    [`s.tumbling('-1m')`, duration, "The length of a window: '-1m' is not a duration.", aDuration],
    [
      `s.sliding('1h', { every: '0m' })`,
      settings,
      'A window must be longer than nothing.',
      "The time between two windows must be at least '1ms'.",
    ],
    [
      `s.sliding('1h', undefined as never)`,
      duration,
      'The time between two windows: undefined is not a duration.',
      aDuration,
    ],
    [
      `s.sliding('1d', { every: '7ms' })`,
      settings,
      'A window of 1d every 7ms has 86400000 panes of 1ms, more than 10000.',
      'Let windows follow each other less often',
    ],
    [
      `s.cumulative('1h', { every: '25m' })`,
      settings,
      'A window of 1h cannot grow by 25m.',
      'The length of a cumulative window is a whole number of its steps.',
    ],
    [
      `s.session('0s')`,
      settings,
      'A window must be longer than nothing.',
      "The gap of a session must be at least '1ms'.",
    ],
    [
      `s.tumbling('1d', { offset: '1d' })`,
      settings,
      'The offset of a window must be shorter than it.',
      'leave out the whole lengths',
    ],
    [`s.tumbling('1d', { timeZone: 'Europe/Rom' })`, settings, "'Europe/Rom'", 'Europe/Rome'],
    [
      `s.tumbling('1d', { trigger: s.every('0s') })`,
      settings,
      'The interval of a trigger must be longer than nothing.',
      "For example every('10s').",
    ],
    [`s.tumbling('1d', { trigger: 'early' as never })`, settings, 'trigger', 'early('],
    [
      's.countWindow(0)',
      settings,
      'A window cannot count to 0 records.',
      'Give a whole number of records, 1 or more.',
    ],
  ]

test.each(broken)('%s is refused', { timeout }, async (window, code, message, hint) => {
  const folder = new OrdersFolder()
  folder.write('job.ts', jobWith(window))
  const ended = await folder.sluice(['run', 'job.ts'])
  expect({ code: ended.code, out: ended.out }).toEqual({ code: 2, out: '' })
  const lines = ended.error.split('\n')
  const told = lines.find((line) => line.startsWith(code))
  expect(told, ended.error).toContain(message)
  expect(ended.error).toMatch(/^ {4}at .*job\.ts:11:\d+\)$/m)
  expect(lines.find((line) => line.startsWith('  hint   '))).toContain(hint)
  expect(ended.error).not.toMatch(/node:internal|packages\//)
  expect(existsSync(join(folder.path, '.sluice'))).toBe(false)
})

test('windows further apart than they are long: what lies between is dropped and counted', {
  timeout,
}, async () => {
  const folder = new OrdersFolder()
  folder.write('job.ts', jobWith(`s.sliding('10s', { every: '1m' })`))
  const { code, out, error } = await folder.sluice(['run', 'job.ts'])
  expect(code, error).toBe(0)
  expect(out).toBe('10\n10\n')
  expect(error).toMatch(/^finished .*, 80 records between windows dropped\./m)
})
