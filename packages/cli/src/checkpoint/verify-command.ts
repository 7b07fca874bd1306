// `sluice checkpoint verify`: exits with 4 where something is damaged, missing or contradictory.

import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { LiveArea } from '../terminal/live-area.ts'
import { findPlace, type PlaceOptions } from './checkpoint-place.ts'
import { storageAt } from './log-inspection.ts'
import {
  savepointFolderAt,
  savepointFoldersBeside,
  type VerifiedSavepoints,
  verifySavepoints,
} from './savepoint-verification.ts'
import { type Verification, verifyLog } from './verification.ts'
import { verificationLines } from './verify-text.ts'

export async function verifyCommand(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const area = terminal.interactive && options.json !== true ? new LiveArea(terminal) : undefined
  let verification: Verification
  try {
    verification = await verified(where, options, invocation, (what) => {
      area?.show([`verifying ${what}`])
    })
  } finally {
    area?.end()
  }
  const isRight = verification.problems.length === 0
  if (options.json === true) {
    const view = viewOf(invocation, options, redactor(), terminal.outPaint)
    terminal.out(jsonText({ ok: isRight, ...verification }, view, 2))
  } else {
    for (const line of verificationLines(verification, terminal.outPaint)) terminal.out(line)
  }
  return isRight ? exitCodes.done : exitCodes.incompatible
}

/** A log of checkpoints with the savepoints beside it, or a savepoint on its own. */
async function verified(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
  progress: (what: string) => void,
): Promise<Verification> {
  const alone = savepointFolderAt(where, invocation.folder)
  if (alone !== undefined) {
    const found = await verifySavepoints([alone], progress)
    const nothing = { job: undefined, entries: 0, checkpoints: [], unreferenced: [], foreign: [] }
    return { ...nothing, location: alone, ...withNames(found) }
  }
  const place = await findPlace(where, options, invocation)
  const storage = storageAt(place)
  const log = await verifyLog(storage, (done, total) => {
    progress(`${storage.location}: ${done} of ${total} segments`)
  })
  const savepoints = await verifySavepoints(savepointFoldersBeside(place), progress)
  return {
    ...log,
    savepoints: savepoints.names,
    segments: log.segments + savepoints.segments,
    bytesRead: log.bytesRead + savepoints.bytesRead,
    problems: [...log.problems, ...savepoints.problems],
  }
}

function withNames({ names, ...found }: VerifiedSavepoints) {
  return { ...found, savepoints: names }
}
