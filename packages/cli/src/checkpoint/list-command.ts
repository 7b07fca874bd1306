// `sluice checkpoint list`.

import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { findPlace, type PlaceOptions } from './checkpoint-place.ts'
import { listedSlots, listLines } from './list-text.ts'
import { inspectLog, newestCheckpoint, storageAt } from './log-inspection.ts'

export async function listCommand(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const log = await inspectLog(storageAt(await findPlace(where, options, invocation)))
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    const { location, floor } = log
    const job = newestCheckpoint(log)?.job ?? null
    terminal.out(jsonText({ location, job, floor, entries: listedSlots(log) }, view, 2))
  } else {
    const { outPaint, outColumns } = terminal
    for (const line of listLines(log, Date.now(), outPaint, outColumns)) terminal.out(line)
  }
  return exitCodes.done
}
