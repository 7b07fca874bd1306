// The files that a connector and the checkpoint storage reach. Node's file system is one
// implementation, the simulator's the other; both keep the rules of POSIX that durability rests on:
// bytes are durable after `sync`, names (new, linked, renamed, removed) after `syncDirectory`.

/** What is known of a file without reading it. */
export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Device and inode as text: tells a replaced file from the one that was known. */
  readonly identity: string
}

/** An open file. Reads and writes are at explicit positions or appended; one call at a time. */
export interface FileHandle {
  /** Reads up to `into.length` bytes from `position`; returns how many, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Appends all bytes. */
  append(bytes: Uint8Array): Promise<void>
  stat(): Promise<FileStat>
  /** Makes all appended bytes durable (fsync). */
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * Paths are absolute or relative to the working directory, with `/` as separator.
 * Errors are `FileSystemError`s.
 */
export interface FileSystem {
  /**
   * `read`: must exist. `create`: must not exist (exclusive). `create-private`: as well, and its
   * owner alone may read it.
   */
  open(path: string, mode: 'read' | 'create' | 'create-private'): Promise<FileHandle>
  stat(path: string): Promise<FileStat | undefined>
  /** Names in a directory, sorted; throws `not-found` where there is none. */
  list(path: string): Promise<string[]>
  /** Creates the directory and its missing parents, durably: each new parent is synced too. */
  makeDirectory(path: string): Promise<void>
  /** Replaces an existing target; atomic. */
  rename(from: string, to: string): Promise<void>
  /** A second name for the file; `exists` where the name is taken: the atomic create-if-absent. */
  link(existing: string, name: string): Promise<void>
  /** Removes a file; no error where there is none. */
  remove(path: string): Promise<void>
  /** Removes an empty directory; no error where there is none. */
  removeDirectory(path: string): Promise<void>
  /** Makes the names in a directory durable (fsync of the folder). */
  syncDirectory(path: string): Promise<void>
}

/** What went wrong, as far as a caller may decide on it. */
export type FileSystemErrorKind =
  | 'not-found'
  | 'exists'
  | 'not-empty'
  | 'not-a-directory'
  | 'is-a-directory'
  | 'forbidden'
  | 'full'
  | 'unsupported'
  | 'failed'

const reasons: Readonly<Record<FileSystemErrorKind, string>> = {
  'not-found': 'it does not exist',
  exists: 'it exists already',
  'not-empty': 'it is not empty',
  'not-a-directory': 'it is no folder',
  'is-a-directory': 'it is a folder',
  forbidden: 'the right to do so is missing',
  full: 'no space is left',
  unsupported: 'the file system cannot do this',
  failed: 'it failed',
}

/** Carries what a caller may decide on; the message names operation and path. */
export class FileSystemError extends Error {
  readonly kind: FileSystemErrorKind
  readonly path: string

  constructor(kind: FileSystemErrorKind, operation: string, path: string, cause?: unknown) {
    const reason = kind === 'failed' && cause instanceof Error ? cause.message : reasons[kind]
    super(`${operation} ${path}: ${reason}`, cause === undefined ? undefined : { cause })
    this.name = 'FileSystemError'
    this.kind = kind
    this.path = path
  }
}
