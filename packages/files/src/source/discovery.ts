// Which files a source reads: those that are named, those in the folders that are named, at any
// depth, and those that a glob matches; each once, in order of name. Names that begin with `.` or
// `_` are hidden, so that files in the making, manifests and notes of other tools are not read.

import { type FileSystem, FileSystemError, SluiceError } from '@sluice/core/connector'
import { type KnownFile, knownFile } from '../split/file-split.ts'
import { globDepth, globExpression, globRoot, isGlob } from './glob.ts'

/**
 * The files that are there now: in order of the paths as given, and of their names below.
 * `firstLook`: a path that is not there is an error, and not only files that have not come yet.
 */
export async function discover(
  files: FileSystem,
  paths: readonly string[],
  firstLook: boolean,
): Promise<KnownFile[]> {
  const found = new Map<string, KnownFile>()
  for (const path of paths) {
    const stat = await files.stat(path)
    if (stat?.kind === 'file') found.set(path, knownFile(path, stat))
    else if (stat?.kind === 'directory') await walk(files, path, () => true, Infinity, found)
    else if (isGlob(path)) {
      const expression = globExpression(path)
      const root = globRoot(path)
      const shown = (each: string) =>
        expression.test(root === '.' ? each.replace(/^\.\//, '') : each)
      if (firstLook && (await files.stat(root)) === undefined) throw nothingAt(root)
      await walk(files, root, shown, globDepth(path), found)
    } else if (firstLook) {
      throw nothingAt(path)
    }
  }
  return [...found.values()]
}

async function walk(
  files: FileSystem,
  folder: string,
  matches: (path: string) => boolean,
  depth: number,
  found: Map<string, KnownFile>,
): Promise<void> {
  const names = await namesIn(files, folder)
  for (const name of names) {
    if (name.startsWith('.') || name.startsWith('_')) continue
    const path = folder.endsWith('/') ? folder + name : `${folder}/${name}`
    // A file that was moved away since the folder was listed is not there.
    const stat = await files.stat(path)
    if (stat?.kind === 'directory' && depth > 0) await walk(files, path, matches, depth - 1, found)
    if (stat?.kind === 'file' && matches(path)) found.set(path, knownFile(path, stat))
  }
}

/** Names in order; none where the folder is gone. */
async function namesIn(files: FileSystem, folder: string): Promise<string[]> {
  try {
    return (await files.list(folder)).toSorted(byName)
  } catch (error) {
    if (error instanceof FileSystemError && error.kind === 'not-found') return []
    throw SluiceError.from(error, 'SOURCE_UNREADABLE', `The folder ${folder} cannot be read`, {
      file: folder,
    })
  }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function nothingAt(path: string): SluiceError {
  return new SluiceError('SETTING_INVALID', `There is no file or folder ${path} to read.`, {
    where: { file: path },
    hint: 'Mend the path; relative ones start at the working directory.',
  })
}
