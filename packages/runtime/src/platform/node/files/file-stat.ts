// What Node knows of a file, in the form of the file system seam.

import type { BigIntStats } from 'node:fs'
import type { FileStat } from '@sluice/core/connector'

/** Takes the 64-bit form, because inode numbers of some file systems exceed 2^53. */
export function fileStat(stats: BigIntStats): FileStat {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    sizeBytes: Number(stats.size),
    modifiedMs: Number(stats.mtimeNs / 1000n) / 1000,
    identity: `${stats.dev}:${stats.ino}`,
  }
}
