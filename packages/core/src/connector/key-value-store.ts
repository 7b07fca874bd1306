// An ordered store of bytes on a local disk, for state that does not fit into memory: the seam
// between the engine and a native library. Synchronous, because operators are. One call does the
// work of many rows, packed into buffers that the caller owns and uses again: lengths are unsigned
// 32-bit numbers, little-endian. Keys are ordered as bytes. Nothing needs to survive a crash.

/** Reads rows: those of a store as it is, or of a view of it as it was. */
export interface KeyValueReader {
  /**
   * Copies the value of a key to the front of `into` and returns its size. Where it is larger than
   * `into` nothing is copied; -1 where there is no such key.
   */
  get(key: Uint8Array, into: Uint8Array): number
  /**
   * The values of many keys at once. The first `keysBytes` of `keys` hold, for each key, its length
   * and its bytes; `into` gets, for each key, the length of its value (2^32 - 1 where there is
   * none) and its bytes. Returns the bytes that this takes; where `into` has fewer, it holds
   * nothing of use, and the call is made again with more room.
   */
  multiGet(keys: Uint8Array, keysBytes: number, into: Uint8Array): number
  /**
   * Rows from `start` up to but not including `end`, in order of their keys, as many as fit: for
   * each the length of its key, the length of its value, and the bytes of both. Returns the bytes
   * used; 0 where there are no rows; where not even the first row fits, minus the bytes it needs.
   * To go on, scan from the last key with a zero byte behind it.
   */
  scan(start: Uint8Array, end: Uint8Array, into: Uint8Array): number
}

/** The rows of a store as they were when the view was made. */
export interface KeyValueView extends KeyValueReader {
  /** Lets the rows go that only this view still sees. Once more is no error. */
  close(): void
}

/** Begins an operation that sets the value of a key. */
export const KEY_VALUE_PUT = 1
/** Begins an operation that removes a key; its value is empty. */
export const KEY_VALUE_DELETE = 2
/** Begins one that removes all keys from the key up to but not including the value. */
export const KEY_VALUE_DELETE_RANGE = 3

/**
 * An ordered store of bytes in a folder of its own. It is used by one thread. Errors are
 * `SluiceError`s: STATE_STORE_FAILED, STORAGE_FULL.
 */
export interface KeyValueStore extends KeyValueReader {
  /**
   * Applies the operations in the first `batchBytes` of `batch`, in order, all or none: for each
   * its kind, the length of its key, the length of its value, and the bytes of both.
   */
  write(batch: Uint8Array, batchBytes: number): void
  /** The rows as they are now, whatever is written later. */
  view(): KeyValueView
  /** A consistent copy in a folder that must not be there yet; shares files where it can. */
  checkpoint(path: string): void
  /** Bytes of memory in use, outside of JavaScript's heap. */
  memoryBytes(): number
  /** Closes it, and its views. Once more is no error. */
  close(): void
}

/** How a store is opened. */
export interface KeyValueStoreOptions {
  /** For what was written and is not on disk yet, and for what was read, together. */
  readonly memoryBytes: number
  /**
   * The folder is what `checkpoint` made, and its rows are kept; an error where it is not. Unless
   * set the store begins empty, whatever the folder holds.
   */
  readonly reopen?: boolean
}
