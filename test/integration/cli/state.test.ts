// Stored state by real processes: read, looked up, laid beside a changed job, changed, made anew.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, ProjectFolder } from './sluice-process.ts'

const timeout = 60_000
let project: ProjectFolder

/** Stops a run of the job with a last checkpoint once it has some; the others go on from there. */
async function runShortly(...args: string[]): Promise<Ended> {
  const run = project.start('run', 'totals.ts', '--json', ...args)
  await run.waitFor('out', /"event":"running"/)
  await run.waitFor('out', /"event":"committed"/)
  run.signal('SIGINT')
  return await run.ended()
}

beforeAll(async () => {
  project = new ProjectFolder()
  project.job('totals.ts')
  expect((await runShortly()).code).toBe(0)
}, timeout)
afterAll(() => project.remove())

interface Line {
  readonly step: string
  readonly state?: string
  readonly timer?: string
  readonly key: unknown
  readonly value?: unknown
  readonly time?: number
}

function linesOf({ out }: Ended): Line[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

const savepoint = (...args: string[]): Promise<Ended> => project.run('savepoint', ...args)

async function read(...args: string[]): Promise<Line[]> {
  const ended = await savepoint('read', ...args)
  expect(ended).toMatchObject({ code: 0, error: '' })
  return linesOf(ended)
}

describe('reading', () => {
  test('prints the states of the only step, one line for each key and state', {
    timeout,
  }, async () => {
    const lines = await read('latest', 'totals.ts')
    expect(lines).toHaveLength(12)
    const keys = new Set(lines.map(({ key }) => key))
    expect(keys).toEqual(new Set(['cairo', 'lima', 'oslo', 'rome']))
    expect(lines.find(({ state, key }) => state === 'names' && key === 'rome')).toEqual({
      step: 'total',
      state: 'names',
      kind: 'list',
      key: 'rome',
      value: ['rome'],
    })
  })

  test('selects a state, a key, timers', { timeout }, async () => {
    const one = await read('.sluice/totals', '--state', 'names', '--key', 'oslo')
    expect(one.map(({ value }) => value)).toEqual([['oslo']])
    const timers = await read('latest', '--timers', '--key', 'oslo')
    expect(timers).toEqual([{ step: 'total', timer: 'event', key: 'oslo', window: 0, time: 1e12 }])
  })

  test('looks a key up, and says so where there is nothing', { timeout }, async () => {
    const found = await project.run('state', 'totals.ts', '--key', 'rome')
    expect(found.code).toBe(0)
    expect(linesOf(found).map(({ state, timer }) => state ?? timer)).toEqual([
      'orders',
      'last',
      'names',
      'event',
    ])
    const nothing = await project.run('state', 'totals.ts', '--key', 'paris')
    expect(nothing).toMatchObject({ code: 0, out: '' })
    expect(nothing.error).toContain("Step 'total' holds nothing for this key in checkpoint")
  })

  test('says what there is where something else was asked for', { timeout }, async () => {
    const noStep = await savepoint('read', 'latest', '--step', 'totals')
    expect(noStep.code).toBe(2)
    expect(noStep.error).toContain('It has orders, total, screen.')
    const noState = await savepoint('read', 'latest', '--state', 'sum')
    expect(noState.error).toContain('It has orders, last, names.')
    const noKey = await project.run('state', 'totals.ts')
    expect(noKey).toMatchObject({ code: 2, out: '' })
    const neither = await savepoint('read', './nothing')
    expect(neither.code).toBe(2)
    expect(neither.error).toMatch(/There is no savepoint in .*nothing\./)
  })
})

interface Planned {
  readonly restore: {
    readonly fits: boolean
    readonly steps: { readonly step: string; readonly fate: string }[]
    readonly differences: readonly string[]
    readonly drops: readonly string[]
    readonly values?: { readonly checked: number; readonly misfits: number }
  }
}

describe('a plan', () => {
  const plan = async (...args: string[]) => {
    const ended = await project.run('plan', 'totals.ts', '--from', 'latest', '--json', ...args)
    return { code: ended.code, ...(JSON.parse(ended.out) as Planned).restore }
  }

  test('fits without a change, and after a rename that is said', { timeout }, async () => {
    const same = await plan()
    expect(same).toMatchObject({ code: 0, fits: true, differences: [], drops: [] })
    expect(same.steps.map(({ step, fate }) => `${step} ${fate}`)).toEqual([
      'orders fits',
      'total fits',
      'screen fits',
    ])
    const renamed = await plan('--param', 'STEP=sums', '--param', 'FORMER=total')
    expect(renamed).toMatchObject({ code: 0, fits: true })
    expect(renamed.steps[1]).toMatchObject({ step: 'sums', fate: 'renamed' })
  })

  test('exits with 4 where something would be dropped, and a run refuses it too', {
    timeout,
  }, async () => {
    const gone = await plan('--param', 'STEP=sums')
    expect(gone).toMatchObject({ code: 4, fits: false, differences: [] })
    expect(gone.drops).toEqual(["operator 'total' (process) has no match in the job"])
    const state = await plan('--param', 'STATE=count')
    expect(state.drops).toEqual(["step 'total' no longer has the state 'orders' (counter)"])
    expect(await plan('--param', 'STATE=count', '--allow-dropped-state')).toMatchObject({ code: 0 })
    const refused = await project.run('run', 'totals.ts', '--param', 'STATE=count')
    expect(refused.code).toBe(4)
    expect(refused.error).toContain("step 'total' no longer has the state 'orders' (counter)")
    expect(refused.error).toContain('--allow-dropped-state')
    const text = await project.run('plan', 'totals.ts', '--from', 'latest', '-p', 'STATE=count')
    expect(text.out).toContain('A run is refused without --allow-dropped-state:')
    expect(text.out).toMatch(/^total +operator \(process\) +fits/m)
    expect(text.out).toMatch(/^ {2}orders +counter +would be dropped/m)
  })

  test('checks every stored value where that is asked for', { timeout }, async () => {
    const right = await plan('--verify-state')
    expect(right).toMatchObject({ code: 0, values: { checked: 4, misfits: 0 } })
    const wrong = await plan('--verify-state', '--param', 'LAST=text')
    expect(wrong).toMatchObject({ code: 4, fits: false, values: { misfits: 4 } })
    const alone = await project.run('plan', 'totals.ts', '--verify-state')
    expect(alone.code).toBe(2)
  })
})

describe('a savepoint that is made of state in a file', () => {
  const path = (...names: string[]) => join(project.path, ...names)
  const run = (words: string): Promise<Ended> => savepoint(...words.split(' '))

  beforeAll(async () => {
    const orders = Array.from({ length: 300 }, (_, at) => {
      return { state: 'orders', key: `shop-${at}`, value: at }
    })
    const timer = { timer: 'processing', key: 'shop-1', time: 5 }
    const lines = [...orders, timer].map((line) => JSON.stringify(line))
    writeFileSync(path('state.jsonl'), lines.join('\n'))
    const made = await run('bootstrap totals.ts made --step total --changes state.jsonl --json')
    expect(made).toMatchObject({ code: 0, error: '' })
    expect(JSON.parse(made.out)).toEqual({ folder: 'made', changes: 301 })
    expect(await read('./made')).toHaveLength(300)
  }, timeout)

  test('is changed into others, and stays as it is', { timeout }, async () => {
    const step = '--step total'
    const changed = await run(`edit ./made changed ${step} --state orders --key shop-7 --value -1`)
    expect(changed).toMatchObject({ code: 0, error: '' })
    expect(await read('./changed', '--key', 'shop-7')).toMatchObject([{ value: -1 }])
    expect(await read('./changed')).toHaveLength(300)
    expect(await read('./made', '--key', 'shop-7')).toMatchObject([{ value: 7 }])
    const deleted = await run(`edit ./changed deleted ${step} --key shop-1 --delete`)
    expect(deleted.code).toBe(0)
    expect(await read('./deleted')).toHaveLength(299)
    expect(await read('./deleted', '--timers')).toEqual([])
    const again = await run(`edit ./made deleted ${step} --key a --delete`)
    expect(again.error).toContain('SAVEPOINT_EXISTS')
  })

  test('is not made of changes that cannot be read', { timeout }, async () => {
    writeFileSync(path('wrong.jsonl'), '{"state":"orders","key":"a","value":1}\n{"key":1')
    const wrong = await run('edit ./made wrong --step total --changes wrong.jsonl')
    expect(wrong.code).toBe(2)
    expect(wrong.error).toContain('Line 2: It is no JSON')
    expect(readdirSync(project.path)).not.toContain('wrong')
    const kind = await run('edit ./made wrong --step total --state last --key a --value')
    expect(kind.code).toBe(2)
  })

  test('is refused with exit code 4 once it is damaged', { timeout }, async () => {
    const [segment = ''] = readdirSync(path('made', 'segments'))
    const file = path('made', 'segments', segment)
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    writeFileSync(file, bytes)
    const damaged = await run('read ./made')
    expect(damaged.code).toBe(4)
    expect(damaged.error).toContain(`CHECKPOINT_DAMAGED The segment ${file} is damaged`)
    rmSync(file)
    expect((await run('read ./made')).error).toContain('it is missing')
    const manifest = path('made', 'savepoint')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('totals', 'tables'))
    const unreadable = await run('read ./made')
    expect(unreadable.code).toBe(4)
    expect(unreadable.error).toContain('its checksum does not match')
  })
})

test('a run starts from a savepoint that was made', {
  timeout,
}, async () => {
  writeFileSync(
    join(project.path, 'begin.jsonl'),
    '{"step":"total","state":"orders","key":"rome","value":1000}',
  )
  await savepoint('bootstrap', 'totals.ts', 'begin', '--changes', 'begin.jsonl')
  const ended = await runShortly('--from', './begin', '--checkpoints', './other')
  expect(ended.code).toBe(0)
  const ordersOf = async (key: string): Promise<number> => {
    const lines = linesOf(await project.run('state', '--checkpoints', './other', '--key', key))
    return lines.find(({ state }) => state === 'orders')?.value as number
  }
  expect(await ordersOf('rome')).toBeGreaterThan(1000)
  expect(await ordersOf('oslo')).toBeLessThan(1000)
})
