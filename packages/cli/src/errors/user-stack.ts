// The part of a stack that belongs to the user: frames of the job and of what it imports from the
// project, without Node, without packages, without the engine and the code that it generates.

import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the packages of Sluice are: `packages/` in a clone, `node_modules/@sluice/` elsewhere. */
const ownPackages = fileURLToPath(new URL('../../..', import.meta.url))

const frame = /^\s+at /
const location = /(?<=[\s(])(file:\/\/[^\s)]+|(?:\/|[A-Za-z]:\\)[^\s()]*?):(\d+):(\d+)\)?$/

/** An error as far as its stack matters; it may have crossed a thread and lost its class. */
interface Thrown {
  readonly name?: unknown
  readonly message?: unknown
  readonly stack?: unknown
  readonly cause?: unknown
}

/**
 * The stack lines of the innermost error that has frames of the user, with paths relative to
 * `folder`. Empty where the user's code is not involved.
 */
export function userFrames(error: unknown, folder: string): string[] {
  for (const each of causesOf(error).reverse()) {
    const frames = stackLines(each).flatMap((line) => userFrame(line, folder) ?? [])
    if (frames.length > 0) return frames
  }
  return []
}

/**
 * Where a module does not parse: file, line and the marked code, as Node puts them above the
 * stack.
 */
export function syntaxExcerpt(error: unknown, folder: string): string[] {
  for (const each of causesOf(error).reverse()) {
    const lines = typeof each.stack === 'string' ? each.stack.split('\n') : []
    const first = /^(file:\/\/\S+|\/\S+):(\d+)$/.exec(lines[0] ?? '')
    if (first === null) continue
    const end = lines.findIndex((line) => /^\w*Error\b/.test(line) || frame.test(line))
    const code = lines.slice(1, end === -1 ? undefined : end).filter((line) => line.trim() !== '')
    return [`${shownPath(first[1] as string, folder)}:${first[2]}`, ...code]
  }
  return []
}

/** All of an error with its causes, for `--verbose`. */
export function wholeStack(error: unknown): string[] {
  return causesOf(error).flatMap(({ name, message, stack }, depth) => {
    const known = [name, message].filter((part) => typeof part === 'string').join(': ')
    const text = typeof stack === 'string' ? stack : known
    return (depth === 0 ? text : `Caused by ${text}`).split('\n')
  })
}

function causesOf(error: unknown): Thrown[] {
  const causes: Thrown[] = []
  let next = error
  // A chain may be a circle; nobody reads beyond a few.
  while (typeof next === 'object' && next !== null && causes.length < 10) {
    causes.push(next)
    next = (next as Thrown).cause
  }
  return causes
}

function stackLines({ stack }: Thrown): string[] {
  return typeof stack === 'string' ? stack.split('\n').filter((line) => frame.test(line)) : []
}

function userFrame(line: string, folder: string): string | undefined {
  const found = location.exec(line)
  if (found === null) return undefined
  const path = pathOf(found[1] as string)
  const isForeign =
    path === undefined || path.startsWith(ownPackages) || path.includes(`${sep}node_modules${sep}`)
  if (isForeign) return undefined
  return line.trim().replace(found[1] as string, shownPath(path, folder))
}

/** A path as people know it: relative to the folder they are in, if it lies below. */
export function shownPath(pathOrUrl: string, folder: string): string {
  const path = pathOf(pathOrUrl)
  if (path === undefined) return pathOrUrl
  const below = relative(folder, path)
  return below === '' || below.startsWith('..') ? path : below
}

function pathOf(pathOrUrl: string): string | undefined {
  if (!pathOrUrl.startsWith('file:')) return pathOrUrl
  try {
    return fileURLToPath(pathOrUrl)
  } catch {
    // Not a file of this machine, so no file of the user either.
    return undefined
  }
}
