// The code in the pages of docs/ compiles, and in those about Kafka below it. A block that begins
// with an import starts a module; the blocks after it on the page, up to the next such one, belong
// to it.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A module made of blocks, with the place of its first line. */
interface PageModule {
  readonly page: string
  readonly line: number
  text: string
}

function modulesOf(page: string, markdown: string): PageModule[] {
  const modules: PageModule[] = []
  for (const block of markdown.matchAll(/^```ts\n([^]*?)^```$/gm)) {
    const text = block[1] as string
    const line = markdown.slice(0, block.index).split('\n').length + 1
    const last = modules.at(-1)
    if (last === undefined || /^(\/\/.*\n|\n)*import /.test(text))
      modules.push({ page, line, text })
    else last.text += `\n${text}`
  }
  return modules
}

function compiledPages(): string[] {
  const about = readdirSync(join(root, 'docs/connectors')).filter((name) =>
    name.startsWith('kafka'),
  )
  const pages = [...readdirSync(join(root, 'docs')), ...about.map((name) => `connectors/${name}`)]
  return pages.filter((name) => name.endsWith('.md'))
}

it('compiles as it stands in the pages', () => {
  const modules = compiledPages().flatMap((page) =>
    modulesOf(page.split('/').at(-1) ?? page, readFileSync(join(root, 'docs', page), 'utf8')),
  )
  expect(modules.length).toBeGreaterThan(0)
  const folder = join(root, 'tmp', `documentation-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    for (const { page, line, text } of modules) {
      writeFileSync(join(folder, `${page.replace('.md', '')}-line-${line}.ts`), text)
    }
    // A page may show a declaration that it does not use.
    const compilerOptions = { noUnusedLocals: false }
    const settings = { extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const compiled = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(compiled.stdout.split('\n').filter((text) => text.includes('error'))).toEqual([])
    expect(compiled.status).toBe(0)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
