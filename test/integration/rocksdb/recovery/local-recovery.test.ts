// Runs of a job that follow each other on one machine, with local copies of their state: they are
// used where nothing is in doubt, and nothing is missing where they are not.

import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { whyNoRocksDb } from '../../../conformance/key-value-store/rocksdb-here.ts'
import { type Numbered, RECORDS } from './numbered-job.ts'
import type { RunOrder } from './run-once.ts'

const missing = whyNoRocksDb()
const script = fileURLToPath(new URL('./run-once.ts', import.meta.url))
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-local-recovery-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the job; returns how many tasks went on from a local copy. */
function runOnce(order: Omit<RunOrder, 'folder'>): Promise<number> {
  const args = ['--conditions=sluice-source', script, JSON.stringify({ folder, ...order })]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(said.split('goes on from its local copy').length - 1)
      else reject(new Error(`The run ended with ${code}:\n${said}`))
    })
  })
}

/** All files of local copies. */
async function copies(): Promise<string[]> {
  const names = await readdir(join(folder, 'state'), { recursive: true })
  return names.filter((name) => name.includes('copies')).map((name) => join(folder, 'state', name))
}

async function results(): Promise<Numbered[]> {
  const out = join(folder, 'out')
  const names = (await readdir(out)).filter((name) => /^[^.].*\.ndjson$/.test(name)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))
  return texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line))
}

it('a run goes on from local copies, or else from segments', async ({ skip }) => {
  if (missing !== undefined) skip(missing)
  const stopAfter = 3
  expect(await runOnce({ parallelism: 2, stopAfter })).toBe(0)
  const kept = (await copies()).filter((name) => name.endsWith('.json'))
  expect(kept).toHaveLength(2)
  expect(await runOnce({ parallelism: 2, stopAfter })).toBe(2)

  for (const file of await copies()) await rm(file, { recursive: true, force: true })
  expect(await runOnce({ parallelism: 2, stopAfter })).toBe(0)

  for (const file of await copies()) if (file.includes('MANIFEST')) await truncate(file, 100)
  expect(await runOnce({ parallelism: 2, stopAfter })).toBe(0)

  for (const file of await copies()) if (file.endsWith('.sst')) await rm(file)
  expect(await runOnce({ parallelism: 2, stopAfter })).toBe(0)

  expect(await runOnce({ parallelism: 3, stopAfter })).toBe(0)
  expect(await runOnce({ parallelism: 3 })).toBe(3)

  const rows = await results()
  const seen = new Set(rows.map(({ key, nth }) => `${key}/${nth}`))
  expect(rows).toHaveLength(RECORDS)
  expect(seen.size).toBe(RECORDS)
  expect(Math.max(...rows.map(({ nth }) => nth))).toBe(RECORDS / 500)
  expect(rows.filter(({ nth, kinds }) => kinds !== Math.min(nth, 7))).toEqual([])
}, 120_000)
