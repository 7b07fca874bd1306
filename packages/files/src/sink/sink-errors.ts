// What went wrong in a sink's folder, as errors that a user can act on: code, path and how to mend
// it.

import { FileSystemError, SluiceError } from '@sluice/core/connector'

/** A failure of writing or preparing; `what` says what was being done, with the path. */
export function writeError(error: unknown, what: string, sink: string, file: string): SluiceError {
  if (error instanceof SluiceError) return error.at({ sink, file })
  const options = { where: { sink, file }, cause: error }
  const kind = error instanceof FileSystemError ? error.kind : 'failed'
  if (kind === 'full') {
    return new SluiceError('STORAGE_FULL', `${what}: no space is left for ${file}.`, {
      ...options,
      hint: 'Free some space; the job goes on from its last checkpoint.',
    })
  }
  if (kind === 'forbidden') {
    return new SluiceError('STORAGE_FORBIDDEN', `${what}: no right to write ${file}.`, {
      ...options,
      hint: 'Give the user that runs the job the right to create and rename files there.',
    })
  }
  if (kind === 'not-a-directory') {
    return new SluiceError(
      'SETTING_INVALID',
      `${what}: a file stands where ${file} needs a folder.`,
      {
        ...options,
        hint: 'Move the file away, or give the sink another path.',
      },
    )
  }
  return SluiceError.from(error, 'SINK_FAILED', `${what} (${file})`, { sink, file })
}

/** A failure of publishing: tried again by the engine, because nothing promised may be given up. */
export function commitError(error: unknown, sink: string, file: string): SluiceError {
  if (error instanceof SluiceError) return error.at({ sink, file })
  const reason = error instanceof Error ? error.message : String(error)
  return new SluiceError('COMMIT_FAILED', `Publishing ${file} failed: ${reason}.`, {
    where: { sink, file },
    cause: error,
    hint: 'The commit is tried again; see that the folder can be written.',
  })
}
