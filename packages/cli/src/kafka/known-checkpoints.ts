// What the logs of checkpoints say of transactions: of the job that is named, or of all below
// `.sluice` where none is. A log that cannot be read is said, and proves nothing.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import { findPlace, foldersWithLogs, type PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { inspectLog, type InspectedLog, storageAt } from '../checkpoint/log-inspection.ts'
import type { Invocation } from '../invocation.ts'
import type { JobCheckpoints } from './kafka-package.ts'

export interface KnownCheckpoints {
  readonly checkpoints: readonly JobCheckpoints[]
  /** Sentences for people: what could not be read. */
  readonly warnings: readonly string[]
}

/** Throws USAGE and CHECKPOINT_NOT_FOUND for a place that is named. */
export async function knownCheckpoints(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<KnownCheckpoints> {
  const { environment, folder } = invocation
  const isNamed =
    where !== undefined ||
    options.checkpoints !== undefined ||
    (environment['SLUICE_CHECKPOINTS'] ?? '') !== ''
  if (isNamed) {
    const log = await inspectLog(storageAt(await findPlace(where, options, invocation)))
    return gathered([checkpointsOfLog(log)])
  }
  const root = join(folder, '.sluice')
  const places = existsSync(root) ? foldersWithLogs(root) : []
  return gathered(
    await Promise.all(
      places.map(async (place) => {
        try {
          return checkpointsOfLog(await inspectLog(storageAt(place)))
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error
          return `The checkpoints in ${place} could not be read: ${error.message}`
        }
      }),
    ),
  )
}

function gathered(found: readonly (JobCheckpoints | string | undefined)[]): KnownCheckpoints {
  const checkpoints = found.filter((each) => typeof each === 'object')
  return {
    checkpoints,
    warnings: [
      ...found.filter((each) => typeof each === 'string'),
      ...checkpoints
        .filter(({ newest }) => newest === 'unreadable')
        .map(
          ({ job }) =>
            `The newest checkpoint of '${job}' cannot be read: what it promised is unknown.`,
        ),
    ],
  }
}

/** Undefined for a log without a readable entry: nobody knows whose it is. */
export function checkpointsOfLog({ slots }: InspectedLog): JobCheckpoints | undefined {
  const entries = slots.flatMap((slot) => (slot.kind === 'entry' ? [slot.entry] : []))
  const last = entries.at(-1)
  if (last === undefined) return undefined
  const { job, logId } = last
  const generation = Math.max(...entries.map((entry) => entry.generation))
  return { job, logId, generation, newest: newestOf(slots) }
}

/** The newest entry alone says what is owed; above it there may only be fences. */
function newestOf(slots: InspectedLog['slots']): JobCheckpoints['newest'] {
  const givenUp = slots.flatMap((slot) =>
    slot.kind === 'entry' && slot.entry.kind === 'fence' ? slot.entry.givenUp : [],
  )
  for (const slot of slots.toReversed()) {
    if (slot.kind !== 'entry') return 'unreadable'
    const { entry, commits } = slot
    if (entry.kind !== 'checkpoint') continue
    const isGivenUp = (sink: string): boolean =>
      givenUp.some(
        ({ position, sinks }) =>
          position === entry.position && (sinks === 'all' || sinks.includes(sink)),
      )
    return {
      checkpoint: entry.checkpoint,
      owes: entry.owes.filter(({ name }) => !isGivenUp(name.sink)),
      proven: commits === 'proven',
    }
  }
  return 'none'
}
