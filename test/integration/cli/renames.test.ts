// A job that is killed and goes on under new names: its files hold each row exactly once, and
// nothing of the old names is left hidden.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProjectFolder } from './sluice-process.ts'

const timeout = 60_000
let project: ProjectFolder

beforeEach(() => {
  project = new ProjectFolder()
  project.job('written.ts')
})
afterEach(() => project.remove())

/** Everything below a folder, as paths relative to it. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
  return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
}

function visibleRows(): number[] {
  const folder = join(project.path, 'rows')
  return filesBelow(folder)
    .filter((path) => !path.includes('/.sluice/') && !path.includes('/_manifests/'))
    .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n'))
    .map((line) => (JSON.parse(line) as { id: number }).id)
}

test('a killed job goes on with its source and its files under new names', {
  timeout,
}, async () => {
  const first = project.start('run', 'written.ts', '--json')
  await first.waitFor('out', /"event":"committed".*"checkpoint":2/)
  // Rows are written and hidden, and a checkpoint is under way.
  await first.waitFor('out', /"event":"checkpoint-triggered"/)
  first.signal('SIGKILL')
  await first.ended()
  const before = visibleRows().length
  expect(before).toBeLessThan(40_000)

  const names = ['SOURCE=numbers', 'FORMER_SOURCE=rows', 'SINK=results', 'FORMER_SINK=files']
  const params = names.flatMap((name) => ['--param', name])
  const unsaid = await project.run('run', 'written.ts', '--param', 'SOURCE=numbers')
  expect(unsaid.code).toBe(4)
  expect(unsaid.error).toContain("source 'rows' (generator) has no match in the job")
  const plan = await project.run('plan', 'written.ts', '--from', 'latest', ...params)
  expect(plan.code).toBe(0)
  expect(plan.out).toMatch(/^rows → numbers +source \(generator\) +renamed/m)
  const second = await project.run('run', 'written.ts', ...params)
  expect(second.code).toBe(0)

  const rows = visibleRows().toSorted((a, b) => a - b)
  expect(rows).toEqual(Array.from({ length: 40_000 }, (_, id) => id))
  expect(filesBelow(join(project.path, 'rows/.sluice'))).toEqual([])
})
