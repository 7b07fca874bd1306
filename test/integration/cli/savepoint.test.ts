// Savepoints and the control of a running job, by real processes: made, listed, shown, stopped
// with, started from, and what is said where no job answers.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProjectFolder, type SluiceProcess } from './sluice-process.ts'

const timeout = 60_000
let project: ProjectFolder

beforeEach(() => {
  project = new ProjectFolder()
  project.job('counting.ts')
})
afterEach(() => project.remove())

const folder = () => join(project.path, '.sluice/counting')
const controlFile = () => join(folder(), 'control.json')

async function running(...more: string[]): Promise<SluiceProcess> {
  const run = project.start('run', 'counting.ts', '--param', 'RATE=20000', '--json', ...more)
  await run.waitFor('out', /"event":"committed".*"checkpoint":\d+/)
  return run
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, error } = await project.run(...args, '--json')
  expect({ code, error }).toEqual({ code: 0, error: '' })
  return JSON.parse(out) as Record<string, unknown>
}

test('a running job makes a savepoint that can be listed, shown, moved and started from', {
  timeout,
}, async () => {
  const run = await running()
  expect(statSync(controlFile()).mode & 0o777).toBe(0o600)
  const made = await json('savepoint', 'create', 'counting.ts', '--name', 'before')
  expect(made).toMatchObject({ name: 'before', folder: join(folder(), 'savepoints/before') })
  expect(await json('status')).toMatchObject({ job: 'counting', state: 'running' })
  const { token } = JSON.parse(readFileSync(controlFile(), 'utf8')) as { token: string }
  const status = await project.run('status', 'counting.ts', '--verbose')
  expect(status.out + status.error).not.toContain(token)

  const stopped = await json('stop', 'counting.ts', '--savepoint', 'last')
  expect(stopped).toMatchObject({ drained: false, savepoint: { name: 'last' } })
  const ended = await run.ended()
  expect(ended.code).toBe(0)
  expect(ended.out).not.toContain(token)
  expect(existsSync(controlFile())).toBe(false)

  const listed = await project.run('savepoint', 'list', 'counting.ts')
  expect(listed.out).toMatch(/^before +counting +\d+ .* went on$/m)
  expect(listed.out).toMatch(/^last +counting +\d+ .* was stopped$/m)
  const shown = await project.run('savepoint', 'show', 'last', 'counting.ts', '--verify')
  expect(shown.out).toMatch(/^clicks-per-hour ×2/m)
  expect(shown.out).toContain('intact')

  const moved = join(project.path, 'moved')
  renameSync(join(folder(), 'savepoints/last'), moved)
  const other = project.start('run', 'counting.ts', '--checkpoints', './other', '--from', './moved')
  await other.waitFor('error', /running from checkpoint 1 /)
  const stop = await project.run('stop', '--checkpoints', './other')
  expect(stop).toMatchObject({ code: 0, out: expect.stringMatching(/^stopped 'counting' with/) })
  expect(await other.ended()).toMatchObject({ code: 0 })
})

test('drained, the job has finished: its windows have fired, and the next run says so', {
  timeout,
}, async () => {
  const run = await running()
  const drained = await project.run('stop', 'counting.ts', '--drain')
  expect(drained).toMatchObject({ code: 0, out: expect.stringMatching(/^drained 'counting'/) })
  const { code, out } = await run.ended()
  expect(code).toBe(0)
  expect(out).toContain('"outcome":"finished"')
  const next = await project.run('run', 'counting.ts', '--param', 'RATE=20000')
  expect(next).toMatchObject({ code: 0, out: '' })
  expect(next.error).toContain("finished before 'counting'")
})

test('no job, a killed one and a foreign program at its address are no running job', {
  timeout,
}, async () => {
  const none = await project.run('stop', 'counting.ts')
  expect(none).toMatchObject({ code: 2, out: '' })
  expect(none.error).toMatch(/^CHECKPOINT_NOT_FOUND /m)

  const run = await running()
  run.signal('SIGKILL')
  await run.ended()
  expect(existsSync(controlFile())).toBe(true)
  const killed = await project.run('savepoint', 'create', 'counting.ts')
  expect(killed).toMatchObject({ code: 3, out: '' })
  expect(killed.error).toMatch(/^JOB_NOT_RUNNING The run that left its address .* is gone/m)
  expect(killed.error).toContain('--checkpoint latest')

  const other = await running()
  const left = JSON.parse(readFileSync(controlFile(), 'utf8')) as object
  writeFileSync(controlFile(), JSON.stringify({ ...left, token: 'of a dead process' }))
  const foreign = await project.run('stop', 'counting.ts')
  expect(foreign).toMatchObject({ code: 3, out: '' })
  other.signal('SIGINT')
  await other.ended()
})

test('a run that hangs is told as that, in the time that is given', { timeout }, async () => {
  const run = await running()
  run.signal('SIGSTOP')
  const asked = await project.run('stop', 'counting.ts', '--timeout', '2s')
  expect(asked).toMatchObject({ code: 3, out: '' })
  expect(asked.error).toMatch(/^JOB_UNRESPONSIVE The run of 'counting' at http.* within 2/m)
  const wrong = await project.run('status', 'counting.ts', '--timeout', 'soon')
  expect(wrong).toMatchObject({ code: 2, error: expect.stringContaining("'soon'") })
  // It hears it when it wakes.
  run.signal('SIGCONT')
  expect((await run.ended()).code).toBe(0)
})

test('a savepoint of a job that does not run is made of a checkpoint', { timeout }, async () => {
  const run = await running()
  await project.run('stop', 'counting.ts')
  await run.ended()
  const args = ['savepoint', 'create', 'counting.ts', '--checkpoint', 'latest', '--to', './saved']
  expect(await project.run(...args)).toMatchObject({ code: 0 })
  // The same once more is the same savepoint.
  expect(await project.run(...args)).toMatchObject({ code: 0 })
  const absent = await project.run('savepoint', 'create', 'counting.ts', '--checkpoint', '999')
  expect(absent).toMatchObject({ code: 2, out: '' })
  const [segment = ''] = readdirSync(join(project.path, 'saved/segments'))
  const path = join(project.path, 'saved/segments', segment)
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
  writeFileSync(path, bytes)
  const shown = await project.run('savepoint', 'show', './saved', '--verify')
  expect(shown).toMatchObject({ code: 4, out: expect.stringContaining(`damaged ${segment}`) })
  const alone = await project.run('checkpoint', 'verify', './saved')
  expect(alone).toMatchObject({ code: 4 })
  expect(alone.out).toContain(`damaged savepoint 'saved', ${segment}`)
  mkdirSync(join(folder(), 'savepoints'))
  renameSync(join(project.path, 'saved'), join(folder(), 'savepoints/saved'))
  const beside = await project.run('checkpoint', 'verify', 'counting.ts')
  expect(beside).toMatchObject({ code: 4 })
  expect(beside.out).toContain(`damaged savepoint 'saved', ${segment}`)
  renameSync(join(folder(), 'savepoints/saved'), join(project.path, 'saved'))
  const refused = await project.run(
    'run',
    'counting.ts',
    '--checkpoints',
    './c',
    '--from',
    './saved',
  )
  expect(refused.code).toBe(4)
  expect(refused.error).toMatch(/^CHECKPOINT_DAMAGED /m)
})

test('gc deletes what no checkpoint needs, says so first, and leaves alone what is not ours', {
  timeout,
}, async () => {
  const run = await running()
  await project.run('stop', 'counting.ts', '--savepoint', 'kept')
  await run.ended()
  const segments = join(folder(), 'segments')
  const [name = ''] = readdirSync(segments)
  const [logId = '', generation = ''] = name.split('.')
  const left = `${logId}.${generation}.1.gone.0.0.segment`
  writeFileSync(join(segments, left), 'left by a killed run')
  writeFileSync(join(segments, 'notes.txt'), 'not ours')
  const before = readdirSync(segments)
  const dry = await project.run('checkpoint', 'gc', 'counting.ts', '--dry-run')
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining(left) })
  expect(readdirSync(segments)).toEqual(before)
  const done = await json('checkpoint', 'gc', 'counting.ts')
  expect(done).toMatchObject({ deleted: true, segments: [left], foreign: ['notes.txt'] })
  expect(readdirSync(segments)).toEqual(before.filter((each) => each !== left))
  expect(await project.run('checkpoint', 'verify', 'counting.ts')).toMatchObject({ code: 0 })
  const shown = await project.run('savepoint', 'show', 'kept', 'counting.ts', '--verify')
  expect(shown.code).toBe(0)
})

test('what cannot be meant is refused with 2', { timeout }, async () => {
  await project.run('run', 'counting.ts', '--param', 'COUNT=100')
  const refused: readonly [readonly string[], string][] = [
    [['savepoint', 'create', '--name', 'latest'], 'USAGE'],
    [['savepoint', 'show', 'absent'], 'CHECKPOINT_NOT_FOUND'],
    [['savepoint', 'show', './absent'], 'CHECKPOINT_NOT_FOUND'],
    [['stop', '--to', './x'], 'USAGE'],
    [['run', 'counting.ts', '--from', './absent'], 'CHECKPOINT_NOT_FOUND'],
    [['run', 'counting.ts', '--restore-mode', 'move'], 'USAGE'],
  ]
  for (const [args, errorCode] of refused) {
    const { code, out, error } = await project.run(...args)
    expect({ args, code, out }).toEqual({ args, code: 2, out: '' })
    expect(error).toMatch(new RegExp(`^${errorCode} `, 'm'))
  }
})
