// `sluice run` as a user meets it: what it prints where, how it ends, and what the next run does.

import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProjectFolder } from './sluice-process.ts'

const timeout = 60_000
let project: ProjectFolder

beforeEach(() => {
  project = new ProjectFolder()
})
afterEach(() => project.remove())

/** Clicks by window and user, as the job prints them. */
function clicks(out: string): number {
  return out
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.split(' ')[2]), 0)
}

test('a job that ends prints its records, then what was done, and the next run has nothing to do', {
  timeout,
}, async () => {
  project.job('counting.ts')
  const first = await project.run('run', 'counting.ts', '--param', 'COUNT=100000')
  expect(first).toMatchObject({ code: 0 })
  expect(clicks(first.out)).toBeGreaterThan(85_000)
  expect(first.error).toMatch(/^running from the beginning after .* \(generation 1\)$/m)
  expect(first.error).toMatch(/^finished 'counting': .*\nCheckpoints are in \.sluice\/counting\.$/m)

  const second = await project.run('run', 'counting.ts', '--param', 'COUNT=100000')
  expect(second).toMatchObject({ code: 0, out: '' })
  expect(second.error).toContain("finished before 'counting' has nothing left to do.")
})

test('a job that is asked to stop takes a last checkpoint, and the next run goes on from it', {
  timeout,
}, async () => {
  project.job('counting.ts')
  const args = ['run', 'counting.ts', '--param', 'RATE=1000']
  const first = project.start(...args)
  await first.waitFor('error', /running from the beginning/)
  first.signal('SIGINT')
  const { code, error } = await first.ended()
  expect(code).toBe(0)
  expect(error).toContain('SIGINT: stopping with a last checkpoint. Once more ends it at once.')
  const checkpoint = /stopped 'counting' with checkpoint (\d+):/.exec(error)?.[1]

  const second = project.start(...args)
  await second.waitFor('error', new RegExp(`running from checkpoint ${checkpoint} `))
  second.signal('SIGTERM')
  expect(await second.ended()).toMatchObject({ code: 0 })
})

test('JSON lines are all there is on standard output, and no secret is in them', {
  timeout,
}, async () => {
  project.job('counting.ts')
  const args = ['run', 'counting.ts', '--json', '-p', 'COUNT=1000', '-p', 'PASSWORD=geheim-1']
  const { code, out, error } = await project.run(...args)
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; line?: string })
  expect(code).toBe(0)
  expect(error).toBe('')
  expect(clicks(events.flatMap(({ line }) => line ?? []).join('\n'))).toBeGreaterThan(850)
  expect(events.at(-1)).toMatchObject({ event: 'result', outcome: 'finished', exitCode: 0 })
  expect(out).not.toContain('geheim-1')
})

test('a function that throws ends the job with 1, and its own frame stands first', {
  timeout,
}, async () => {
  project.job('failing.ts')
  const { code, error } = await project.run('run', 'failing.ts')
  expect(code).toBe(1)
  expect(error).toMatch(/^USER_FUNCTION_FAILED .*five is too much/m)
  expect(error).toMatch(/^ {4}at checked \(failing\.ts:6:\d+\)$/m)
  expect(error).not.toMatch(/packages\/|node:internal/)
})

test('what a job prints itself is kept out of the JSON lines, in every thread', {
  timeout,
}, async () => {
  project.job('failing.ts')
  const { code, out, error } = await project.run('run', 'failing.ts', '--json')
  expect(code).toBe(1)
  const lines = out.trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { event: string; error?: unknown })
  expect(events.at(-1)).toMatchObject({
    event: 'result',
    outcome: 'failed',
    exitCode: 1,
    error: {
      code: 'USER_FUNCTION_FAILED',
      frames: [expect.stringContaining('failing.ts:6'), expect.any(String)],
    },
  })
  // Once in the main thread, and once in a worker.
  expect(error.match(/^building$/gm)?.length).toBeGreaterThanOrEqual(2)
})

test('a newer run ends the older one, which exits with 5', { timeout }, async () => {
  project.job('counting.ts')
  const args = ['run', 'counting.ts', '--param', 'RATE=1000']
  const older = project.start(...args)
  await older.waitFor('error', /running from the beginning/)
  const newer = project.start(...args)
  const { code, error } = await older.ended()
  expect(code).toBe(5)
  expect(error).toContain('a newer run of it has taken over')
  newer.signal('SIGINT')
  expect(await newer.ended()).toMatchObject({ code: 0 })
})

test('a reader that goes away stops the job with a checkpoint', { timeout }, async () => {
  project.job('counting.ts')
  const run = project.start('run', 'counting.ts', '--param', 'RATE=20000', '--json')
  await run.waitFor('out', /"event":"running"/)
  run.closeOutput()
  expect(await run.ended()).toMatchObject({ code: 0, error: '' })
  const next = project.start('run', 'counting.ts', '--param', 'RATE=1000')
  await next.waitFor('error', /running from checkpoint/)
  next.signal('SIGINT')
  await next.ended()
})

test.each([
  [['missing.ts'], 2, /^JOB_FILE_UNREADABLE The job file missing\.ts does not exist\.$/m],
  [['counting.ts', '-p', 'COUNT=x'], 2, /^PARAMETER_INVALID .*\n {2}COUNT: /m],
  [['counting.ts', '--from', '77'], 2, /^CHECKPOINT_NOT_FOUND /m],
])('run %j is refused with %d', { timeout }, async (args, exitCode, message) => {
  project.job('counting.ts')
  const { code, out, error } = await project.run('run', ...args)
  expect({ code, out }).toEqual({ code: exitCode, out: '' })
  expect(error).toMatch(message)
  expect(error).toMatch(/^ {2}hint {3}/m)
})

test('an error in JSON mode is one value on standard output', { timeout }, async () => {
  const { code, out, error } = await project.run('run', 'missing.ts', '--json')
  expect(code).toBe(2)
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'JOB_FILE_UNREADABLE' } })
  expect(error).toBe('')
})
