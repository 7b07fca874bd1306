import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodePlatform, type Phase, runJob } from '@sluice/runtime'
import { SluiceError } from 'sluice'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-lines-'))
  await mkdir(join(folder, 'in'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs the job of this folder and gives the lines that became visible, sorted. */
async function shout(failAt?: Phase) {
  let failures = 0
  const run = runJob(createNodePlatform({}), {
    origin: { kind: 'module', url: new URL('./shout.ts', import.meta.url).href },
    parameters: { IN: join(folder, 'in'), OUT: join(folder, 'out') },
    settings: {
      checkpoint: { storage: join(folder, 'checkpoints'), everyMs: 20, minPauseMs: 0 },
      parallelism: 2,
    },
    onPhase(phase) {
      if (phase !== failAt || failures > 0) return
      failures++
      throw new SluiceError('WORKER_DIED', `The test strikes at ${phase}.`)
    },
  })
  const { outcome, restarts } = await run.done
  const names = await readdir(join(folder, 'out'))
  const visible = names.filter((name) => !name.startsWith('.'))
  const texts = await Promise.all(
    visible.map((name) => readFile(join(folder, 'out', name), 'utf8')),
  )
  const lines = texts.flatMap((text) => text.split('\n').slice(0, -1)).sort()
  return { outcome, restarts, failures, lines, hidden: names.length - visible.length }
}

async function writeLines(files: number, linesPerFile: number): Promise<string[]> {
  const all: string[] = []
  for (let file = 0; file < files; file++) {
    const lines = Array.from({ length: linesPerFile }, (_, line) => `file ${file} line ${line}`)
    await writeFile(join(folder, 'in', `${file}.txt`), `${lines.join('\n')}\n`)
    all.push(...lines)
  }
  return all.map((line) => line.toUpperCase()).sort()
}

describe('the line connectors of this folder', () => {
  test('carry every line of every file', async () => {
    const expected = await writeLines(5, 2000)
    const { outcome, lines, hidden } = await shout()
    expect(outcome).toBe('finished')
    expect(lines).toEqual(expected)
    expect(hidden).toBe(0)
  })

  test('know long lines, empty files, a missing last break, and what is not UTF-8', async () => {
    const long = 'x'.repeat(300_000)
    await writeFile(join(folder, 'in', 'empty.txt'), '')
    await writeFile(join(folder, 'in', 'long.txt'), `a\n${long}\n\nlast`)
    await writeFile(join(folder, 'in', 'wrong.txt'), Buffer.from([0x6f, 0x0a, 0xff, 0x0a, 0x6b]))
    await writeFile(join(folder, 'in', 'other.json'), 'not read')
    const { lines } = await shout()
    expect(lines).toEqual(['', 'A', 'K', 'LAST', 'O', long.toUpperCase()].sort())
  })

  const phases = ['acknowledged', 'in-commit'] as const
  for (const phase of phases) {
    test(`neither lose nor double a line when the attempt fails at ${phase}`, async () => {
      const expected = await writeLines(4, 20_000)
      const { outcome, lines, restarts, failures } = await shout(phase)
      expect(failures).toBe(1)
      expect({ outcome, restarts }).toEqual({ outcome: 'finished', restarts: 1 })
      expect(lines).toEqual(expected)
    })
  }
})
