// `sluice dev`: the code is replaced while the job goes on from its last checkpoint; code that is
// broken or does not fit the state never stops what runs.

import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProjectFolder, type SluiceProcess } from './sluice-process.ts'

const timeout = 90_000
let project: ProjectFolder

beforeEach(() => {
  project = new ProjectFolder()
})
afterEach(() => project.remove())

function edit(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

async function quit(dev: SluiceProcess): Promise<void> {
  dev.signal('SIGTERM')
  expect(await dev.ended()).toMatchObject({ code: 0 })
}

test('a change of the code is taken over from a last checkpoint', { timeout }, async () => {
  const job = project.job('counting.ts')
  const dev = project.start('dev', 'counting.ts', '--json', '--param', 'RATE=20000')
  await dev.waitFor('out', /"event":"running".*"attempt":1/)
  await dev.waitFor('out', /"event":"checkpoint-completed"/)
  edit(job, 'click.user < 9', 'click.user < 8')
  await dev.waitFor('out', /"event":"dev".*"state":"replacing"/)
  await dev.waitFor('out', /"event":"running".*"restoredFrom":\d+/)
  await quit(dev)
})

test('code that does not parse, or does not fit the state, leaves the old one running', {
  timeout,
}, async () => {
  const job = project.job('counting.ts')
  const before = readFileSync(job, 'utf8')
  const dev = project.start('dev', 'counting.ts', '--param', 'RATE=20000')
  await dev.waitFor('error', /running from the beginning/)
  await dev.waitFor('error', /^checkpoint 1 in /m)
  writeFileSync(job, `${before}\nsyntax error(`)
  await dev.waitFor('error', /JOB_FILE_UNREADABLE .*could not be imported/)
  await dev.waitFor('error', /the code before this change runs on/)
  writeFileSync(job, before.replace("'clicks-per-hour'", "'clicks-each-hour'"))
  await dev.waitFor('error', /CHECKPOINT_INCOMPATIBLE/)
  await dev.waitFor('error', /operator 'clicks-per-hour' \(window\) has no match in the job/)
  await dev.waitFor('error', /the code before this change runs on/)
  await dev.waitFor('error', /^checkpoint \d+ in /m)
  await quit(dev)
})

test('a file that the job imports belongs to it', { timeout }, async () => {
  const job = project.job('counting.ts')
  writeFileSync(`${project.path}/limit.ts`, 'export const limit: number = 9\n')
  edit(
    job,
    "import { z } from 'zod'",
    "import { z } from 'zod'\nimport { limit } from './limit.ts'",
  )
  edit(job, 'click.user < 9', 'click.user < limit')
  const dev = project.start('dev', 'counting.ts', '--param', 'RATE=20000')
  await dev.waitFor('error', /running from the beginning/)
  writeFileSync(`${project.path}/limit.ts`, 'export const limit: number = 5\n')
  await dev.waitFor('error', /limit\.ts changed/)
  await dev.waitFor('error', /running from /)
  await quit(dev)
})
