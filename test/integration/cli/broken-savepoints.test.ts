// What the commands say of a savepoint that is broken: which file, what is wrong with it, how to
// mend it, in words and as JSON, with exit code 4.

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frame } from '../../../packages/runtime/src/checkpoint/protocol/log/framed-json.ts'
import { ProjectFolder } from './sluice-process.ts'

const timeout = 60_000
let project: ProjectFolder

beforeAll(async () => {
  project = new ProjectFolder()
  project.job('counting.ts')
  const run = project.start('run', 'counting.ts', '--param', 'RATE=20000', '--json')
  await run.waitFor('out', /"event":"committed".*"checkpoint":\d+/)
  await project.run('stop', 'counting.ts', '--savepoint', '--to', './whole')
  await run.ended()
}, timeout)
afterAll(() => project.remove())

function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
  writeFileSync(path, bytes)
}

interface Break {
  readonly how: string
  readonly code: string
  readonly says: RegExp
  /** Breaks the copy; returns the file that is to be named. */
  readonly in: (folder: string) => string
  /** Whether the manifest is whole, so that only reading the segments finds it. */
  readonly inSegment?: true
}

function firstSegment(folder: string): string {
  return `segments/${readdirSync(join(folder, 'segments'))[0] ?? ''}`
}

const breaks: readonly Break[] = [
  {
    how: 'with a byte of a segment flipped',
    code: 'CHECKPOINT_DAMAGED',
    says: /checksum/,
    in: (folder) => {
      const file = firstSegment(folder)
      flip(join(folder, file))
      return file
    },
    inSegment: true,
  },
  {
    how: 'without one of its segments',
    code: 'CHECKPOINT_DAMAGED',
    says: /is not there|is missing/,
    in: (folder) => {
      const file = firstSegment(folder)
      rmSync(join(folder, file))
      return file
    },
    inSegment: true,
  },
  {
    how: 'with a byte of the manifest flipped',
    code: 'CHECKPOINT_DAMAGED',
    says: /checksum/,
    in: (folder) => {
      flip(join(folder, 'savepoint'))
      return 'savepoint'
    },
  },
  {
    how: 'without its manifest',
    code: 'CHECKPOINT_DAMAGED',
    says: /manifest is missing/,
    in: (folder) => {
      rmSync(join(folder, 'savepoint'))
      return 'savepoint'
    },
  },
  {
    how: 'of a newer version',
    code: 'CHECKPOINT_FORMAT_NEWER',
    says: /newer than this version/,
    in: (folder) => {
      const newer = frame({ mark: 'sluice-savepoint', format: 2 }, new Uint8Array([1]))
      writeFileSync(join(folder, 'savepoint'), newer)
      return 'savepoint'
    },
  },
]

interface Told {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly where?: { readonly file?: string }
}

for (const { how, code, says, in: breakIt, inSegment } of breaks) {
  test(`a savepoint ${how} is told as that by every command`, { timeout }, async () => {
    const folder = join(project.path, 'many/broken')
    rmSync(folder, { recursive: true, force: true })
    cpSync(join(project.path, 'whole'), folder, { recursive: true })
    const file = breakIt(folder)
    const name = file.split('/').at(-1) ?? ''

    const from = ['--checkpoints', './fresh', '--from', './many/broken']
    const refused = await project.run('run', 'counting.ts', ...from)
    expect(refused.code).toBe(4)
    expect(refused.error).toMatch(new RegExp(`^${code} `, 'm'))
    expect(refused.error).toMatch(says)
    expect(refused.error).toContain(`many/broken/${file}`)
    expect(refused.error).toMatch(/^ +hint +(Copy|Put|Use)/m)

    const step = ['--step', 'clicks-per-hour']
    const read = await project.run('savepoint', 'read', './many/broken', ...step, '--json')
    expect(read.code).toBe(4)
    const { error } = JSON.parse(read.out.trim().split('\n').at(-1) ?? '') as { error: Told }
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(error.hint).toMatch(/^(Copy|Put|Use)/)
    expect(error.where?.file).toContain(`many/broken/${file}`)

    const verified = await project.run('checkpoint', 'verify', './many/broken', '--json')
    expect(verified.code).toBe(4)
    const { ok, problems } = JSON.parse(verified.out) as {
      ok: boolean
      problems: { what: string; detail: string }[]
    }
    expect(ok).toBe(false)
    expect(problems).toHaveLength(1)
    if (inSegment === true) expect(problems[0]?.what).toContain(name)
    expect(problems[0]?.detail).toMatch(says)

    const listed = await project.run('savepoint', 'list', './many')
    expect(listed.code).toBe(inSegment === true ? 0 : 4)
    expect(listed.out).toContain('broken')
  })
}
