// Where a thread finds the definition of its job: by importing the job's module, or, where
// coordinator and workers share a thread, by the key under which the definition was registered.

import { type JobDefinition, jobDefinitionFrom, SluiceError } from '@sluice/core/internal'
import type { JobOrigin } from './messages.ts'

const registered = new Map<string, JobDefinition>()

/** Registers a definition in this thread; the returned function takes it back. */
export function registerJob(key: string, definition: JobDefinition): () => void {
  registered.set(key, definition)
  return () => registered.delete(key)
}

/** Throws JOB_FILE_UNREADABLE and JOB_NO_DEFAULT_EXPORT. */
export async function resolveJob(origin: JobOrigin): Promise<JobDefinition> {
  if (origin.kind === 'registered') {
    const definition = registered.get(origin.key)
    if (definition !== undefined) return definition
    throw new SluiceError(
      'JOB_FILE_UNREADABLE',
      `No job is registered as '${origin.key}' in this thread.`,
      { hint: 'Worker threads need a job that is a module of its own.' },
    )
  }
  return jobDefinitionFrom((await importModule(origin.url)).default, origin.url)
}

async function importModule(url: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(url)
  } catch (error) {
    // The loader's own message names what is missing or where the syntax is wrong.
    throw SluiceError.from(
      error,
      'JOB_FILE_UNREADABLE',
      `The job file ${url} could not be imported`,
      { file: url },
    )
  }
}
