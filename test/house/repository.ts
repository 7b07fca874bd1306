// The files of the repository as the rules see them: text, lines and, where asked for, syntax tree.
// A rule works on this alone, so that a planted file can stand where a real one does.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSource, type Syntax } from './syntax.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Files that hold no text of ours. */
const notText = /\.(png|jpg|gif|ico|svg|parquet|gz|zst|tgz|bin|woff2)$/

export class SourceFile {
  readonly path: string
  readonly text: string
  #syntax: Syntax | undefined

  constructor(path: string, text: string) {
    this.path = path
    this.text = text
  }

  get lines(): readonly string[] {
    return this.text.replace(/\n$/, '').split('\n')
  }

  get isCode(): boolean {
    return /\.(ts|js)$/.test(this.path)
  }

  /** Name of the workspace whose `src` holds the file, or undefined. */
  get sourceOf(): string | undefined {
    return /^packages\/([^/]+)\/src\//.exec(this.path)?.[1]
  }

  get syntax(): Syntax {
    this.#syntax ??= parseSource(this.path, this.text)
    return this.#syntax
  }
}

export class Repository {
  readonly files: readonly SourceFile[]
  readonly #byPath: ReadonlyMap<string, SourceFile>

  constructor(files: readonly SourceFile[]) {
    this.files = files
    this.#byPath = new Map(files.map((file) => [file.path, file]))
  }

  file(path: string): SourceFile | undefined {
    return this.#byPath.get(path)
  }

  get code(): readonly SourceFile[] {
    return this.files.filter((file) => file.isCode)
  }

  /** The sources of the packages: what users run. */
  get sources(): readonly SourceFile[] {
    return this.code.filter((file) => file.sourceOf !== undefined)
  }
}

/** Everything that git has or would take, as it is in the work tree now. */
export function readRepository(): Repository {
  const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const paths = [...new Set(list.split('\0'))].filter(
    (path) => path !== '' && !notText.test(path) && existsSync(join(root, path)),
  )
  return new Repository(
    paths.map((path) => new SourceFile(path, readFileSync(join(root, path), 'utf8'))),
  )
}

/** A repository of planted files, to see a rule at work. */
export function plantedRepository(files: Readonly<Record<string, string>>): Repository {
  return new Repository(Object.entries(files).map(([path, text]) => new SourceFile(path, text)))
}
