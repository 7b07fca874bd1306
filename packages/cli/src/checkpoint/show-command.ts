// `sluice checkpoint show <id|latest>`.

import { SluiceError } from '@sluice/core/internal'
import { withoutLatest } from '@sluice/runtime/internal'
import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { harmless } from '../text/paint.ts'
import { findPlace, type PlaceOptions } from './checkpoint-place.ts'
import {
  checkpointsOf,
  type InspectedLog,
  inspectLog,
  latestCheckpoint,
  storageAt,
} from './log-inspection.ts'
import { checkpointLines, type ShownCheckpoint } from './show-text.ts'

export async function showCommand(
  id: string,
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  if (id !== 'latest' && !/^[1-9]\d{0,14}$/.test(id)) {
    throw new SluiceError('USAGE', `'${id}' is not the id of a checkpoint.`, {
      hint: "Give a number or 'latest', and the place after it.",
    })
  }
  const log = await inspectLog(storageAt(await findPlace(where, options, invocation)))
  const shown = chosen(id, log)
  const redact = redactor(invocation.environment)
  const view = viewOf(invocation, options, redact, terminal.outPaint)
  if (options.json === true) {
    terminal.out(jsonText({ location: log.location, ...shown }, view, 2))
    return exitCodes.done
  }
  const lines = checkpointLines(shown, {
    paint: terminal.outPaint,
    columns: terminal.outColumns,
    json: (value) => harmless(jsonText(value, view) ?? 'undefined'),
  })
  for (const line of lines) terminal.out(redact(line))
  return exitCodes.done
}

function chosen(id: string, log: InspectedLog): ShownCheckpoint {
  const wanted = id === 'latest' ? latestCheckpoint(log)?.checkpoint : Number(id)
  const found = log.slots.findLast((slot) => {
    if (slot.kind !== 'entry' || slot.entry.kind !== 'checkpoint') return false
    return slot.entry.checkpoint === wanted
  })
  if (found?.kind === 'entry' && found.entry.kind === 'checkpoint') {
    return { entry: found.entry, commits: found.commits, sizeBytes: found.sizeBytes }
  }
  const ids = checkpointsOf(log).map((entry) => entry.checkpoint)
  if (id === 'latest' && ids.length > 0) throw withoutLatest(log.location)
  const what = id === 'latest' ? 'There is no checkpoint' : `Checkpoint ${id} is not`
  throw new SluiceError('CHECKPOINT_NOT_FOUND', `${what} in ${log.location}.`, {
    hint: ids.length === 0 ? 'The job has not completed one.' : `There are ${ids.join(', ')}.`,
  })
}
