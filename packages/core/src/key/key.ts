// What a key is, for the compiler. `key-bytes.ts` holds values to it at run time.

/** A key, or one part of a tuple. */
export type KeyPart = string | number | bigint | boolean

/** The key of a record: a primitive, or a tuple of up to four of them. */
export type Key =
  | KeyPart
  | readonly [KeyPart]
  | readonly [KeyPart, KeyPart]
  | readonly [KeyPart, KeyPart, KeyPart]
  | readonly [KeyPart, KeyPart, KeyPart, KeyPart]
