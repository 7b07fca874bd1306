// An empty project in a temporary folder into which the packages of this clone are installed as npm
// would publish them. They are packed from a copy, so that no build is left in the work tree.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What `npm pack --json` says about one package. */
export interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const execute = promisify(execFile)

/**
 * Runs a program to its end and tells how it ended; it inherits no condition and no npm setting.
 */
export async function run(file: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('npm_'),
  )
  const options = { cwd, env: Object.fromEntries(inherited), maxBuffer: 64 * 1024 * 1024 }
  try {
    return { code: 0, ...(await execute(file, args, options)) }
  } catch (error) {
    const { code, stdout, stderr, message } = error as Outcome & Error
    return { code: typeof code === 'number' ? code : -1, stdout, stderr: stderr || message }
  }
}

async function runOrThrow(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, cwd)
  if (code === 0) return stdout
  throw new Error(`${file} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
}

/**
 * Copies what git has or would take, with `node_modules` linked and our packages of the copy in it.
 */
async function copyOfClone(folder: string): Promise<void> {
  const list = await runOrThrow('git', ['ls-files', '-z', '-co', '--exclude-standard'], root)
  const wanted = /^(packages\/|scripts\/prepack\.js|LICENSE|package\.json|tsconfig\.(base|build)\.)/
  for (const path of list.split('\0').filter((each) => wanted.test(each))) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await cp(join(root, path), join(folder, path), { force: true }).catch((error) => {
      // Deleted in the work tree and still in the index.
      if (error.code !== 'ENOENT') throw error
    })
  }
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@sluice'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name === 'sluice' || name === '@sluice') continue
    await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  for (const name of await readdir(join(folder, 'packages'))) {
    const link = name === 'sluice' ? join(modules, name) : join(modules, '@sluice', name)
    await symlink(join(folder, 'packages', name), link)
    // Versions that npm could not hoist stand in the package itself.
    const nested = join('packages', name, 'node_modules')
    if (existsSync(join(root, nested))) await symlink(join(root, nested), join(folder, nested))
  }
}

export class PublishedProject {
  readonly folder: string
  readonly packed: readonly Packed[]
  readonly #parent: string

  private constructor(parent: string, folder: string, packed: readonly Packed[]) {
    this.#parent = parent
    this.folder = folder
    this.packed = packed
  }

  /** Packs every package and installs them all; what they need comes from the registry. */
  static async create(): Promise<PublishedProject> {
    const parent = await mkdtemp(join(tmpdir(), 'sluice-packaging-'))
    try {
      return await PublishedProject.#createIn(parent)
    } catch (error) {
      await rm(parent, { recursive: true, force: true })
      throw error
    }
  }

  static async #createIn(parent: string): Promise<PublishedProject> {
    const clone = join(parent, 'clone')
    const tarballs = join(parent, 'tarballs')
    const folder = join(parent, 'project')
    await mkdir(tarballs)
    await mkdir(folder)
    await copyOfClone(clone)
    const pack = ['pack', '--workspaces', '--json', '--pack-destination', tarballs]
    const packed = readPacked(await runOrThrow('npm', pack, clone))
    const project = new PublishedProject(parent, folder, packed)
    await project.write('package.json', JSON.stringify(packageOf(packed, tarballs)))
    // Mostly from npm's own cache: a registry that is slow to answer is not what is tested here.
    await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], folder)
    return project
  }

  async write(path: string, text: string): Promise<void> {
    await writeFile(join(this.folder, path), text)
  }

  /** The lines of all visible files of a folder whose names match. */
  async read(path: string, names: RegExp): Promise<string[]> {
    const folder = join(this.folder, path)
    const files = (await readdir(folder)).filter((name) => names.test(name))
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
    return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
  }

  /** Runs a program in the project's folder. */
  run(file: string, ...args: readonly string[]): Promise<Outcome> {
    return run(file, args, this.folder)
  }

  async remove(): Promise<void> {
    await rm(this.#parent, { recursive: true, force: true })
  }
}

/** What our packages need of each other is meant to be these, which no registry is asked for. */
function packageOf(packed: readonly Packed[], tarballs: string): object {
  const files = packed.map(({ name, filename }) => [name, `file:${join(tarballs, filename)}`])
  const own = packed.map(({ name }) => [name, `$${name}`])
  return {
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(files),
    overrides: Object.fromEntries(own),
  }
}

/** Newer versions of npm answer with an object by package name, older ones with an array. */
function readPacked(json: string): Packed[] {
  return Object.values(JSON.parse(json.slice(json.search(/^[[{]/m))))
}
