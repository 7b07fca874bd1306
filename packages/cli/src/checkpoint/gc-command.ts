// `sluice checkpoint gc`: deletes what no checkpoint needs and no collection will find.

import { basename, join } from 'node:path'
import { localFolder } from '@sluice/runtime/internal'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { LiveArea } from '../terminal/live-area.ts'
import { harmless } from '../text/paint.ts'
import { counted } from '../text/quantity.ts'
import { findPlace, type PlaceOptions } from './checkpoint-place.ts'
import { deleteGarbage, findGarbage, type Garbage } from './garbage.ts'
import { storageAt } from './log-inspection.ts'

export interface GcOptions extends PlaceOptions {
  readonly dryRun?: boolean
}

export async function gcCommand(
  where: string | undefined,
  options: GcOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const { dryRun = false, json = false } = options
  const place = await findPlace(where, options, invocation)
  const storage = storageAt(place)
  const folder = localFolder(place)
  const garbage = await findGarbage(storage, folder && join(folder, 'savepoints'))
  if (!dryRun) {
    const area = terminal.interactive && !json ? new LiveArea(terminal) : undefined
    try {
      await deleteGarbage(storage, garbage, (done, total) => {
        area?.show([`deleting: ${done} of ${total}`])
      })
    } finally {
      area?.end()
    }
  }
  if (json) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    const unfinished = garbage.unfinished.map(({ path }) => path)
    terminal.out(jsonText({ ...garbage, unfinished, deleted: !dryRun }, view, 2))
  } else {
    for (const line of lines(garbage, dryRun)) terminal.out(line)
  }
  return exitCodes.done
}

function lines(
  { location, job, segments, unfinished, foreign }: Garbage,
  dryRun: boolean,
): string[] {
  const of = `in ${location} of '${harmless(job)}'`
  const named = [...segments, ...unfinished.map(({ path }) => basename(path))]
  const deleted = dryRun ? 'would delete' : 'deleted'
  const what = [
    ...(segments.length === 0 ? [] : [counted(segments.length, 'segment')]),
    ...(unfinished.length === 0 ? [] : [counted(unfinished.length, 'unfinished savepoint')]),
  ]
  return [
    what.length === 0 ? `Nothing to delete ${of}.` : `${deleted} ${what.join(' and ')} ${of}`,
    ...(dryRun ? named.map((name) => `  ${harmless(name)}`) : []),
    ...(foreign.length === 0
      ? []
      : [`Left alone: ${counted(foreign.length, 'file')} that are not of this log.`]),
  ]
}
