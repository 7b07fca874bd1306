// `sluice savepoint create`: asks the running job for one, or makes one of a checkpoint that is
// kept, whether the job runs or not.

import { join, resolve } from 'node:path'
import { SluiceError } from '@sluice/core/internal'
import { checkSavepointName } from '@sluice/runtime/internal'
import { findPlace, type PlaceOptions } from '../checkpoint/checkpoint-place.ts'
import { findRun, type RunningOptions } from '../checkpoint/find-run.ts'
import { shownWork } from '../control/shown-work.ts'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { shownPath } from '../errors/user-stack.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { harmless } from '../text/paint.ts'
import { counted, duration, size } from '../text/quantity.ts'
import { savepointFromCheckpoint } from './from-checkpoint.ts'
import { savepointsOf } from './savepoint-place.ts'

export interface CreateOptions extends RunningOptions {
  readonly name?: string
  readonly to?: string
  readonly checkpoint?: string
}

/** A savepoint that was made, by whomever. */
export interface MadeSavepoint {
  readonly name: string
  readonly folder: string
  readonly checkpoint: number
  readonly segments: number
  readonly sizeBytes: number
  readonly durationMs: number
}

export async function createCommand(
  where: string | undefined,
  options: CreateOptions,
  invocation: Invocation,
): Promise<number> {
  const { name, to, checkpoint } = options
  if (name !== undefined) checkSavepointName(name)
  const folder = to === undefined ? undefined : resolve(invocation.folder, to)
  const request = {
    ...(name === undefined ? {} : { name }),
    ...(folder === undefined ? {} : { folder }),
  }
  const made = await shownWork(invocation, options, 'savepoint', async (progress) => {
    if (checkpoint !== undefined) {
      const place = await findPlace(where, options, invocation)
      const target = folder ?? ((id: string) => join(savepointsOf(place), id))
      return await savepointFromCheckpoint(place, checkpoint, { ...request, target, progress })
    }
    const client = await findRun(where, options, invocation)
    return (await client.ask('/savepoint', request, progress)).savepoint
  })
  if (made === null)
    throw new SluiceError('INVARIANT_BROKEN', 'The run answered without a savepoint.')
  tellSavepoint(made, options, invocation)
  return exitCodes.done
}

/** One line for people, or the savepoint as it is. */
export function tellSavepoint(
  made: MadeSavepoint,
  options: PlaceOptions,
  invocation: Invocation,
): void {
  const { terminal } = invocation
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    terminal.out(jsonText(made, view, 2))
    return
  }
  const { name, folder, checkpoint, segments, sizeBytes, durationMs } = made
  const what = `${counted(segments, 'segment')} with ${size(sizeBytes)}`
  terminal.out(
    `${terminal.outPaint.green('savepoint')} '${harmless(name)}' of checkpoint ${checkpoint} in ` +
      `${harmless(shownPath(folder, invocation.folder))}: ${what} in ${duration(durationMs)}`,
  )
}
