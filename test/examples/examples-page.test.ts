// The page of the examples: it lists every example, and the commands that it shows work.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'examples/README.md'), 'utf8')
const jobs = ['', 'patterns/'].flatMap((folder) =>
  readdirSync(join(root, 'examples', folder))
    .filter((name) => /^[^.]+\.ts$/.test(name))
    .map((name) => folder + name.replace('.ts', '')),
)
const commands = Array.from(page.matchAll(/\| `npx sluice (run examples\/([^.]+)\.ts)` \|/g))

it('lists every example', () => {
  expect(jobs.filter((job) => !page.includes(`(${job}.ts)`))).toEqual([])
})

it.each(jobs)('%s is short and has a test', (name) => {
  const lines = readFileSync(join(root, 'examples', `${name}.ts`), 'utf8').split('\n').length - 1
  expect(lines).toBeLessThan(60)
  // The first screen of the README is a test of its own.
  if (name !== 'hello') expect(existsSync(join(root, 'examples', `${name}.test.ts`))).toBe(true)
})

describe('the command of', () => {
  it.concurrent.for(commands.map(([, command, name]) => [name, command]))(
    '%s works',
    { timeout: 120_000 },
    // Of this test, by its context: the function of that name finds only the test begun last.
    async ([, command = ''], { onTestFinished }) => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-example-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const [verb = '', file = ''] = command.split(' ')
      const sluice = join(root, 'packages/sluice/bin/sluice.js')
      const run = spawn(process.execPath, [sluice, verb, join(root, file)], { cwd: folder })
      let printed = ''
      let said = ''
      run.stdout.on('data', (text) => (printed += String(text)))
      run.stderr.on('data', (text) => (said += String(text)))
      const watchdog = setTimeout(() => run.kill('SIGKILL'), 100_000)
      const [status] = await once(run, 'exit')
      clearTimeout(watchdog)
      expect(status, `${printed.slice(-500)}\n${said}`).toBe(0)
      expect(printed.split('\n').length).toBeGreaterThan(5)
    },
  )
})
