// Where the checkpoints are that a command looks at: of a job file, in a folder, or the only ones
// below `.sluice`. Looking never creates anything.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SluiceError } from '@sluice/core/internal'
import type { Invocation, SharedOptions } from '../invocation.ts'
import { checkpointFolder } from '../job/graph-and-settings.ts'
import { findJobFile, isJobFileName, loadJob } from '../job/job-file.ts'
import { givenSettings } from '../settings/given-settings.ts'
import { catchForeignOutput } from '../terminal/foreign-output.ts'
import { hasLog } from './log-inspection.ts'

export interface PlaceOptions extends SharedOptions {
  readonly checkpoints?: string
}

/** The place as the storage takes it. Throws USAGE and CHECKPOINT_NOT_FOUND. */
export async function findPlace(
  where: string | undefined,
  options: PlaceOptions,
  { environment, folder }: Invocation,
): Promise<string> {
  const given = givenSettings(options, environment)
  if (where !== undefined && isJobFileName(where) && options.checkpoints === undefined) {
    return existing(await placeOfJob(where, given))
  }
  if (where !== undefined && options.checkpoints !== undefined) {
    throw new SluiceError('USAGE', `Both ${where} and --checkpoints say where to look.`, {
      hint: 'Give one of them.',
    })
  }
  const place = where ?? given.storage?.value
  return existing(place ?? onlyPlaceBelow(join(folder, '.sluice')))
}

async function placeOfJob(
  file: string,
  given: Parameters<typeof checkpointFolder>[1],
): Promise<string> {
  // What the module prints on import is not part of the answer.
  const release = catchForeignOutput((_stream, pass) => pass(), true)
  try {
    const { definition } = await loadJob(findJobFile(file))
    const place = checkpointFolder(definition, given)
    if (place !== undefined) return place
    throw notFound(`The job '${definition.options.name}' has no checkpoints: they are off.`)
  } finally {
    release()
  }
}

function existing(place: string): string {
  if (hasLog(place)) return place
  const folder = place.startsWith('file:') ? fileURLToPath(place) : place
  if (!existsSync(folder)) {
    throw notFound(`There are no checkpoints in ${place}: the folder does not exist.`)
  }
  if (!statSync(folder).isDirectory()) {
    throw new SluiceError('USAGE', `${place} is neither a job file nor a folder of checkpoints.`)
  }
  const jobs = foldersWithLogs(folder)
  throw notFound(
    `There are no checkpoints in ${place}.`,
    jobs.length === 0 ? undefined : `There are some in ${jobs.join(', ')}.`,
  )
}

function onlyPlaceBelow(root: string): string {
  const places = existsSync(root) ? foldersWithLogs(root) : []
  const [only] = places
  if (only !== undefined && places.length === 1) return only
  throw new SluiceError(
    'USAGE',
    only === undefined
      ? 'No checkpoints are in .sluice here.'
      : `Several jobs have checkpoints here: ${places.join(', ')}.`,
    { hint: 'Name the job file, or the folder with --checkpoints.' },
  )
}

/** The folders in a folder that hold a log, as one would name them here. */
export function foldersWithLogs(root: string): string[] {
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter(hasLog)
    .map((path) => (path.startsWith(resolve('.')) ? path.slice(resolve('.').length + 1) : path))
}

function notFound(message: string, hint = 'Has the job run, and in this folder?'): SluiceError {
  return new SluiceError('CHECKPOINT_NOT_FOUND', message, { hint })
}
