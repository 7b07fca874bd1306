// `sluice checkpoint verify`: exits with 4 where something is damaged, missing or contradictory.

import { jsonText } from '../errors/json-text.ts'
import { redactor } from '../errors/secrets.ts'
import { exitCodes } from '../exit-code.ts'
import { type Invocation, viewOf } from '../invocation.ts'
import { LiveArea } from '../terminal/live-area.ts'
import { findPlace, type PlaceOptions } from './checkpoint-place.ts'
import { storageAt } from './log-inspection.ts'
import { type Verification, verifyLog } from './verification.ts'
import { verificationLines } from './verify-text.ts'

export async function verifyCommand(
  where: string | undefined,
  options: PlaceOptions,
  invocation: Invocation,
): Promise<number> {
  const { terminal } = invocation
  const storage = storageAt(await findPlace(where, options, invocation))
  const area = terminal.interactive && options.json !== true ? new LiveArea(terminal) : undefined
  let verification: Verification
  try {
    verification = await verifyLog(storage, (done, total) => {
      area?.show([`verifying ${storage.location}: ${done} of ${total} segments`])
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
