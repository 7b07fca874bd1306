// Says what went wrong with the folder of checkpoints, and how to mend it.

import { FileSystemError, type FileSystemErrorKind } from '@sluice/core/connector'
import { type ErrorCode, SluiceError } from '@sluice/core/internal'

interface Meaning {
  readonly code: ErrorCode
  readonly what: string
  readonly hint: string
}

const failed: Meaning = {
  code: 'STORAGE_FAILED',
  what: 'failed',
  hint: 'Look at the cause; the folder must be reachable and its disk in order.',
}

const meanings: Partial<Record<FileSystemErrorKind, Meaning>> = {
  full: {
    code: 'STORAGE_FULL',
    what: 'found no space left',
    hint: 'Free space on that disk, or raise the quota, and start the job again.',
  },
  forbidden: {
    code: 'STORAGE_FORBIDDEN',
    what: 'was not allowed',
    hint: 'Let the user that runs the job read and write there, or choose another folder.',
  },
  unsupported: {
    code: 'STORAGE_UNSUPPORTED',
    what: 'is not supported by this file system',
    hint: 'Choose a folder on a local file system with hard links (ext4, xfs, APFS, NTFS).',
  },
  'not-a-directory': {
    code: 'STORAGE_UNSUPPORTED',
    what: 'found a file where a folder should be',
    hint: 'Choose another folder for the checkpoints, or move that file away.',
  },
}

/** `doing` reads on from 'Checkpoint storage': "writing entry 7". */
export function storageError(doing: string, folder: string, thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const kind = thrown instanceof FileSystemError ? thrown.kind : 'failed'
  const path = thrown instanceof FileSystemError ? thrown.path : folder
  const meaning = meanings[kind] ?? failed
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new SluiceError(
    meaning.code,
    `Checkpoint storage in ${folder}: ${doing} ${meaning.what} (${reason}).`,
    { hint: meaning.hint, where: { file: path }, cause: thrown },
  )
}
