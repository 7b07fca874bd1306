// A job whose state folder is deleted under it, held by another, or on a disk that fills up: each
// is said with its code, and the result is exact in the end.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { whyNoRocksDb } from '../../../conformance/key-value-store/rocksdb-here.ts'
import { type Counted, RECORDS } from './large-job.ts'
import type { RunOrder } from './run-once.ts'

const missing = whyNoRocksDb()
const script = fileURLToPath(new URL('./run-once.ts', import.meta.url))
const timeoutMs = 120_000
const root = mkdtempSync(join(tmpdir(), 'sluice-folder-'))

afterAll(() => rmSync(root, { recursive: true, force: true }))

interface RunResult {
  readonly code: number | null
  /** Of restarts and of the end. */
  readonly errors: readonly string[]
  readonly said: string
}

function runOnce(order: RunOrder): Promise<RunResult> {
  const args = ['--conditions=sluice-source', script, JSON.stringify(order)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, said, errors: printed.split('\n').filter(Boolean) })
    })
  })
}

function expectExact(folder: string): void {
  const rows = readdirSync(join(folder, 'out'))
    .filter((name) => /^[^.].*\.ndjson$/.test(name))
    .flatMap((name) => readFileSync(join(folder, 'out', name), 'utf8').split('\n'))
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Counted)
  expect(rows).toHaveLength(RECORDS)
  expect(new Set(rows.map(({ key, nth }) => `${key}/${nth}`)).size).toBe(RECORDS)
  expect(Math.max(...rows.map(({ nth }) => nth))).toBe(3)
}

describe('a job whose state folder', () => {
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing)
  })

  it(
    'is deleted while it runs starts again from its checkpoint',
    async () => {
      const folder = join(root, 'deleted')
      const path = join(folder, 'state')
      const { code, errors, said } = await runOnce({ folder, path, meets: 'deletion' })
      expect({ code, errors }, said).toEqual({ code: 0, errors: ['STATE_STORE_FAILED'] })
      expectExact(folder)
      expect(readdirSync(path)).toEqual([])
    },
    timeoutMs,
  )

  it(
    'is held by another says so, and starts again when it is free',
    async () => {
      const folder = join(root, 'locked')
      const path = join(folder, 'state')
      const { code, errors, said } = await runOnce({ folder, path, meets: 'lock' })
      const expected = ['STATE_STORE_FAILED', 'STATE_STORE_LOCKED']
      expect({ code, errors }, said).toEqual({ code: 0, errors: expected })
      expectExact(folder)
    },
    timeoutMs,
  )

  it(
    'is on a full disk ends with an error that says so, and goes on with a larger one',
    async ({ skip }) => {
      const folder = join(root, 'full')
      const disk = join(folder, 'disk')
      mkdirSync(disk, { recursive: true })
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk], { stdio: 'ignore' })
      } catch {
        skip('a small disk needs the rights to mount one')
      }
      try {
        const { code, errors, said } = await runOnce({ folder, path: disk, meets: 'nothing' })
        const full = Array(3).fill('STORAGE_FULL')
        expect({ code, errors: errors.slice(0, -1) }, said).toEqual({ code: 1, errors: full })
        expect(errors.at(-1)).toMatch(/^RESTARTS_EXHAUSTED: .*No space is left .*`state\.path`/)
      } finally {
        execFileSync('umount', [disk])
      }
      const path = join(folder, 'state')
      const { code, said } = await runOnce({ folder, path, meets: 'nothing' })
      expect(code, said).toBe(0)
      expectExact(folder)
    },
    timeoutMs,
  )
})
