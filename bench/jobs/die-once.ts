// Ends a worker thread from within, once in the life of a job: who creates the marker file dies.

import { readFileSync, writeFileSync } from 'node:fs'

const DIES_AFTER_MS = 6000

/** `marker` is the path of a file that will hold the time of death; undefined: nobody dies. */
export function dieOnce(marker: string | undefined): void {
  if (marker === undefined) return
  setTimeout(() => {
    try {
      writeFileSync(marker, String(Date.now()), { flag: 'wx' })
    } catch {
      // Another one has died already.
      return
    }
    process.exit(1)
  }, DIES_AFTER_MS)
}

/** When it died, in milliseconds since 1970. */
export function timeOfDeath(marker: string): number {
  return Number(readFileSync(marker, 'utf8'))
}
