// Errors that say more than "damaged": content above the limit, and a library that is not there.

/** Decompressed, the content is (or says to be) larger than what is allowed. */
export class OversizedContent extends Error {
  constructor(limitBytes: number) {
    super(`decompressed, the content is larger than ${limitBytes} bytes`)
    this.name = 'OversizedContent'
  }

  /** Node's own error for output above its limit as ours; any other one as it is. */
  static from(error: unknown, limitBytes: number): unknown {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code === 'ERR_BUFFER_TOO_LARGE' ? new OversizedContent(limitBytes) : error
  }
}

/** A library of native code that does not load on this machine. */
export class MissingCodec extends Error {
  constructor(library: string, cause: unknown) {
    super(`the library ${library} cannot be loaded`, { cause })
    this.name = 'MissingCodec'
  }
}
