// `sluice checkpoint` over a real folder of checkpoints, intact and damaged.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProjectFolder } from './sluice-process.ts'

const timeout = 60_000
let project: ProjectFolder

beforeEach(async () => {
  project = new ProjectFolder()
  project.job('counting.ts')
  const run = project.start('run', 'counting.ts', '--param', 'RATE=20000', '--json')
  // Two checkpoints with state, and one that the stop takes.
  await run.waitFor('out', /"event":"committed".*"checkpoint":2/)
  run.signal('SIGINT')
  await run.ended()
}, timeout)
afterEach(() => project.remove())

interface Listed {
  readonly position: number
  readonly kind: string
  readonly checkpoint: number
  readonly retained: boolean
}

async function listed(): Promise<Listed[]> {
  const { code, out } = await project.run('checkpoint', 'list', 'counting.ts', '--json')
  expect(code).toBe(0)
  return (JSON.parse(out) as { entries: Listed[] }).entries
}

test('list and show find the checkpoints by job file, by folder and by themselves', {
  timeout,
}, async () => {
  const entries = await listed()
  expect(entries.at(-1)).toMatchObject({ kind: 'stop', retained: true })
  for (const where of [['counting.ts'], ['.sluice/counting'], []]) {
    const { code, out } = await project.run('checkpoint', 'list', ...where)
    expect(code).toBe(0)
    expect(out).toMatch(/ stop +\d+ /)
  }
  const { out } = await project.run('checkpoint', 'show', 'latest', 'counting.ts')
  expect(out).toContain(`checkpoint ${entries.at(-1)?.checkpoint} of 'counting'`)
  expect(out).toMatch(/^clicks-per-hour ×2/m)
  const absent = await project.run('checkpoint', 'show', '999', 'counting.ts')
  expect(absent).toMatchObject({ code: 2, out: '' })
})

test('verify finds an intact folder intact, and each kind of damage', { timeout }, async () => {
  const folder = join(project.path, '.sluice/counting')
  const verify = () => project.run('checkpoint', 'verify', 'counting.ts', '--json')
  const intact = await verify()
  expect(intact.code).toBe(0)
  expect(JSON.parse(intact.out)).toMatchObject({ ok: true, problems: [] })

  const [shown] = JSON.parse(
    `[${(await project.run('checkpoint', 'show', 'latest', 'counting.ts', '--json')).out}]`,
  ) as { entry: { steps: { segments: { name: string }[] }[] } }[]
  const names = shown?.entry.steps.flatMap((step) => step.segments.map(({ name }) => name)) ?? []
  const [flipped = '', removed = ''] = names
  const path = join(folder, 'segments', flipped)
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
  writeFileSync(path, bytes)
  rmSync(join(folder, 'segments', removed))
  writeFileSync(join(folder, 'log', readdirSync(join(folder, 'log'))[0] ?? ''), 'nonsense')

  const damaged = await verify()
  expect(damaged.code).toBe(4)
  const { ok, problems } = JSON.parse(damaged.out) as {
    ok: boolean
    problems: { kind: string; what: string }[]
  }
  expect(ok).toBe(false)
  const found = problems.map(({ kind, what }) => `${kind} ${what}`)
  expect(found).toContain(`damaged ${flipped}`)
  expect(found).toContain(`missing ${removed}`)
  expect(found.some((each) => /^damaged entry \d+$/.test(each))).toBe(true)
  const text = await project.run('checkpoint', 'verify', 'counting.ts')
  expect(text.out).toContain('No checkpoint can be restored.')
})
