// The benchmarks run and print the form that is promised. What they measure here means nothing.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

/** The keys of a line in their order; those with a question mark only stand where they apply. */
const form = /^name,value,unit,(baseline,baselineValue,ratio,)?(bar,met,)?seed,runs,spread$/

function bench(...args: string[]) {
  const run = spawnSync(process.execPath, ['--conditions=sluice-source', main, '--tiny', ...args], {
    encoding: 'utf8',
  })
  return { code: run.status, lines: run.stdout.trimEnd().split('\n'), errors: run.stderr }
}

test('each kind of benchmark runs and prints one line of JSON per figure', () => {
  const names = ['chain-six-steps', 'keyed-count-1k', 'string-keys-memory', 'recovery-process-100k']
  const { code, lines, errors } = bench('--json', 'latency', ...names)
  expect(code, errors).toBe(0)
  const figures = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(figures.map(({ name }) => name)).toEqual([...names, 'latency-p50', 'latency-p99'])
  for (const figure of figures) {
    expect(Object.keys(figure).join(',')).toMatch(form)
    expect(Number.isFinite(figure['value']), JSON.stringify(figure)).toBe(true)
  }
}, 120_000)

test('windows, and what checkpoints and restores of them cost, run too', () => {
  const names = [
    'tumbling-window-1k',
    'sliding-window-cost',
    'session-window-100k',
    'checkpoint-stall-1m',
    'incremental-bytes-1m',
    'restore-windows-1m',
  ]
  const { code, lines, errors } = bench('--json', ...names)
  expect(code, errors).toBe(0)
  const figures = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(figures.map(({ name }) => name)).toEqual(names)
  for (const figure of figures) {
    expect(Object.keys(figure).join(',')).toMatch(form)
    expect(Number.isFinite(figure['value']), JSON.stringify(figure)).toBe(true)
  }
}, 240_000)

test('without --json it prints a table with the machine above it', () => {
  const { code, lines, errors } = bench('keyed-count-1k-strings')
  expect(code, errors).toBe(0)
  expect(lines[0]).toMatch(/ × .*, \d+ GiB, Node /)
  expect(lines[2]).toMatch(/^figure +median/)
  expect(lines[3]).toMatch(/^keyed-count-1k-strings +\d+\.\d+ M\/s +plain-loop/)
}, 60_000)

test('a name that no benchmark has is refused with the names that there are', () => {
  const { code, errors } = bench('keyed-counts')
  expect(code).toBe(2)
  expect(errors).toMatch(/There is no benchmark keyed-counts; there are chain-six-steps, /)
})
