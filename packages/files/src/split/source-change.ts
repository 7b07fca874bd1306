// Files must not change while they are a source: positions in a checkpoint would no longer mean
// what they meant. A file that vanishes, shrinks, or is replaced or rewritten ends the job.

import { type FileStat, SluiceError } from '@sluice/core/connector'
import type { KnownFile } from './file-split.ts'

/** Some tools that copy a file with its time keep whole milliseconds of it. */
const copiedWithinMs = 1

/**
 * How a file differs from what was known, in words; undefined if it is the same. A copy with the
 * same size and modification time is the same file: a folder may move to another machine.
 */
export function changeOf(
  known: KnownFile,
  found: FileStat | undefined,
  mayGrow: boolean,
): string | undefined {
  if (found === undefined) return 'it is gone'
  if (found.kind !== 'file') return 'it is no file any more'
  if (found.sizeBytes < known.sizeBytes) return 'it has shrunk'
  if (found.sizeBytes > known.sizeBytes) {
    if (found.identity !== known.identity) return 'it was replaced'
    return mayGrow ? undefined : 'it has grown'
  }
  if (Math.abs(found.modifiedMs - known.modifiedMs) < copiedWithinMs) return undefined
  return found.identity === known.identity ? 'it was rewritten' : 'it was replaced'
}

export function changedError(
  known: KnownFile,
  found: FileStat | undefined,
  change: string,
): SluiceError {
  return new SluiceError(
    'SOURCE_CHANGED',
    `${known.path} changed while it is being read: ${change}. ` +
      `Wanted: ${described(known)}; found: ${found === undefined ? 'nothing' : described(found)}.`,
    {
      where: { file: known.path },
      hint:
        'Put the file back as it was, or begin anew with --from none --accept-duplicates. ' +
        'New data belongs in new files: written aside, then renamed.',
    },
  )
}

/** Throws SOURCE_CHANGED unless the file is the one that was known. */
export function checkUnchanged(
  known: KnownFile,
  found: FileStat | undefined,
  mayGrow: boolean,
): void {
  const change = changeOf(known, found, mayGrow)
  if (change !== undefined) throw changedError(known, found, change)
}

function described(file: KnownFile | FileStat): string {
  const modified = new Date(file.modifiedMs).toISOString()
  return `${file.sizeBytes} bytes, modified ${modified}, identity ${file.identity}`
}
