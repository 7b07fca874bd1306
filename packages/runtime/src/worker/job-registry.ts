// Where a thread finds its job: by importing the job's module, or, where coordinator and workers
// share a thread, by the key under which it was registered. Both build it the same way.

import {
  buildJob,
  type BuiltJob,
  type JobDefinition,
  jobDefinitionFrom,
  type JobSettings,
  SluiceError,
  validateParameters,
} from '@sluice/core/internal'
import type { JobOrigin } from './messages.ts'

/** A job that was built, with the settings of its module. */
export type LoadedJob = BuiltJob & { readonly settings: JobSettings }

interface Registration {
  readonly definition: JobDefinition
  readonly transform: ((job: LoadedJob) => LoadedJob) | undefined
}

const registered = new Map<string, Registration>()

/**
 * Registers a definition in this thread; the returned function takes it back. `transform` changes
 * the job after it was built, in the coordinator and in each worker: tests put other sources and
 * sinks in.
 */
export function registerJob(
  key: string,
  definition: JobDefinition,
  transform?: (job: LoadedJob) => LoadedJob,
): () => void {
  registered.set(key, { definition, transform })
  return () => registered.delete(key)
}

/**
 * The job of an origin, built with its parameters. Throws JOB_FILE_UNREADABLE,
 * JOB_NO_DEFAULT_EXPORT and whatever is wrong with parameters and graph.
 */
export async function loadJob(
  origin: JobOrigin,
  parameters: Readonly<Record<string, string>>,
): Promise<LoadedJob> {
  const { definition, transform } = await resolve(origin)
  const job = buildJob(definition, validateParameters(definition, parameters))
  return transform === undefined ? job : transform(job)
}

async function resolve(origin: JobOrigin): Promise<Registration> {
  if (origin.kind === 'registered') {
    const registration = registered.get(origin.key)
    if (registration !== undefined) return registration
    throw new SluiceError(
      'JOB_FILE_UNREADABLE',
      `No job is registered as '${origin.key}' in this thread.`,
      { hint: 'Worker threads need a job that is a module of its own.' },
    )
  }
  const definition = jobDefinitionFrom((await importModule(origin.url)).default, origin.url)
  return { definition, transform: undefined }
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
