// Shows how far a piece of work in a running job is: a line that is redrawn on a terminal, and
// nothing elsewhere.

import type { Invocation, SharedOptions } from '../invocation.ts'
import { LiveArea } from '../terminal/live-area.ts'
import { size } from '../text/quantity.ts'

interface Progress {
  readonly segmentsDone: number
  readonly segments: number
  readonly bytesDone: number
  readonly bytes: number
}

/** Calls the work with a function that takes its progress. */
export async function shownWork<Result>(
  { terminal }: Invocation,
  { json = false }: SharedOptions,
  what: string,
  work: (progress: (progress: Progress) => void) => Promise<Result>,
): Promise<Result> {
  const area = terminal.interactive && !json ? new LiveArea(terminal) : undefined
  area?.show([`${what} …`])
  try {
    return await work(({ segmentsDone, segments, bytesDone, bytes }) => {
      const part = `${segmentsDone} of ${segments} segments, ${size(bytesDone)} of ${size(bytes)}`
      area?.show([`${what}: ${part}`])
    })
  } finally {
    area?.end()
  }
}
