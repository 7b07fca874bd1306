// Translates the errors of Node's file system into kinds that a caller may decide on. The original
// error stays as the cause.

import { FileSystemError, type FileSystemErrorKind } from '@sluice/core/connector'

const kinds: Readonly<Record<string, FileSystemErrorKind>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOTEMPTY: 'not-empty',
  ENOTDIR: 'not-a-directory',
  EISDIR: 'is-a-directory',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EXDEV: 'unsupported',
  ENOTSUP: 'unsupported',
  EOPNOTSUPP: 'unsupported',
  ENOSYS: 'unsupported',
}

// A file system without hard links answers EPERM, one at its limit of links EMLINK: to the caller
// both mean that this folder cannot do it.
const kindsOfLink: Readonly<Record<string, FileSystemErrorKind>> = {
  EPERM: 'unsupported',
  EMLINK: 'unsupported',
}

/** The code of a Node error (`ENOENT`), or an empty text. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

export function fileSystemError(operation: string, path: string, error: unknown): FileSystemError {
  if (error instanceof FileSystemError) return error
  const code = codeOf(error)
  const kind = (operation === 'link' ? kindsOfLink[code] : undefined) ?? kinds[code] ?? 'failed'
  return new FileSystemError(kind, operation, path, error)
}
