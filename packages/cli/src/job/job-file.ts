// The job file: found, imported, its default export taken. Each way in which that fails is said in
// the words of the file, with a hint for the usual mistakes.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type JobDefinition, jobDefinitionFrom, SluiceError } from '@sluice/core/internal'
import { suggestion } from '../text/suggestion.ts'

export interface JobFile {
  /** As the user wrote it. */
  readonly given: string
  readonly path: string
  readonly url: string
}

export interface LoadedJob extends JobFile {
  readonly definition: JobDefinition
}

const moduleExtensions = ['.ts', '.mts', '.js', '.mjs']

/** Whether an argument names a job file, as opposed to a folder. */
export function isJobFileName(given: string): boolean {
  return moduleExtensions.includes(extname(given))
}

/** Throws JOB_FILE_UNREADABLE where there is no such file. */
export function findJobFile(given: string): JobFile {
  const path = resolve(given)
  if (!existsSync(path)) throw missing(given, path)
  if (!statSync(path).isFile()) {
    throw unreadable(given, 'is not a file', 'Give the module that exports the job: job.ts.')
  }
  if (!isJobFileName(path)) {
    throw unreadable(
      given,
      'is not a module',
      'A job is a file that ends in .ts, .mts, .js or .mjs.',
    )
  }
  return { given, path, url: pathToFileURL(path).href }
}

/** Imports the module. Throws JOB_FILE_UNREADABLE and JOB_NO_DEFAULT_EXPORT. */
export async function loadJob(file: JobFile): Promise<LoadedJob> {
  const module = await importJob(file)
  return { ...file, definition: jobDefinitionFrom(module.default, file.given) }
}

async function importJob(file: JobFile): Promise<{ readonly default?: unknown }> {
  try {
    return await import(file.url)
  } catch (error) {
    const hint = importHint(error)
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError(
      'JOB_FILE_UNREADABLE',
      `The job file ${file.given} could not be imported: ${reason.trim()}`,
      { where: { file: file.path }, cause: error, hint },
    )
  }
}

function importHint(error: unknown): string {
  const byDefault = 'Loading a module should only define the job: mend what it does besides.'
  if (!(error instanceof Error)) return byDefault
  const code = (error as { readonly code?: unknown }).code
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node runs TypeScript by erasing its types: no enum, namespace or parameter property.'
  }
  if (error instanceof SyntaxError) return 'Mend the line that is shown.'
  if (code !== 'ERR_MODULE_NOT_FOUND') return byDefault
  const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1]
  if (name !== undefined) return `Install it: npm install ${name}`
  const path = /Cannot find module '([^']+)'/.exec(error.message)?.[1]
  if (path === undefined) return 'Look at the path of the import.'
  const near = moduleExtensions.find((extension) => existsSync(path + extension))
  return near === undefined
    ? 'Look at the path of the import.'
    : `Write the extension in the import: ${basename(path)}${near}`
}

function missing(given: string, path: string): SluiceError {
  const folder = dirname(path)
  const names = existsSync(folder) ? readdirSync(folder) : []
  const modules = names.filter((name) => isJobFileName(name))
  const near = suggestion(basename(path), modules)
  const hint =
    near === undefined
      ? 'Give the path of the module that exports the job, from the folder you are in.'
      : `Did you mean ${given.slice(0, given.length - basename(given).length)}${near}?`
  return unreadable(given, 'does not exist', hint)
}

function unreadable(given: string, what: string, hint: string): SluiceError {
  return new SluiceError('JOB_FILE_UNREADABLE', `The job file ${given} ${what}.`, { hint })
}
