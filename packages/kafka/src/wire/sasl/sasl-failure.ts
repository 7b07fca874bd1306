// A conversation of authentication that failed at our end.

/** The message names no secret. */
export class SaslFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SaslFailure'
  }
}
