// The first screen of the README: the program is the example, and it prints what the README says.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)?.[1] ?? ''
}

it('shows the program of examples/hello.ts', () => {
  expect(block('ts')).toBe(readFileSync(join(root, 'examples/hello.ts'), 'utf8'))
})

it('shows what the program prints', () => {
  const [command, ...lines] = block('console').trimEnd().split('\n')
  expect(command).toBe('$ npx sluice run examples/hello.ts')
  const folder = mkdtempSync(join(tmpdir(), 'sluice-readme-'))
  try {
    const sluice = join(root, 'packages/sluice/bin/sluice.js')
    const run = spawnSync(process.execPath, [sluice, 'run', join(root, 'examples/hello.ts')], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(run.status, run.stderr).toBe(0)
    expect(run.stdout.trimEnd().split('\n')).toEqual(lines)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
