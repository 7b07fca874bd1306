// Bytes that are no message, and values that no message can hold: which message, which field, which
// byte, and why. The bytes themselves are never part of the text, since they may be secret.

/** Thrown by the encoder and the decoder of a message. */
export class MalformedMessage extends Error {
  readonly reason: string
  /** Byte at which reading or writing stopped. */
  readonly position: number
  /** `Fetch response version 13`. */
  readonly of: string
  /** `responses[2].partitions[0].records`; empty where it is the message as a whole. */
  readonly field: string

  constructor(reason: string, position: number, of = '', field = '') {
    const where = [of, field === '' ? '' : `field ${field}`, `byte ${position}`]
    super(`${where.filter((part) => part !== '').join(', ')}: ${reason}`)
    this.name = 'MalformedMessage'
    this.reason = reason
    this.position = position
    this.of = of
    this.field = field
  }

  /** The same, one level further out: in a field or an element of a list. */
  static within(part: string | number, thrown: unknown): unknown {
    if (!(thrown instanceof MalformedMessage)) return thrown
    const { reason, position, of, field } = thrown
    const first = typeof part === 'number' ? `[${part}]` : part
    const joint = field === '' || field.startsWith('[') ? '' : '.'
    return new MalformedMessage(reason, position, of, `${first}${joint}${field}`)
  }

  /** The same, with the name of the message. */
  static of(message: string, thrown: unknown): unknown {
    if (!(thrown instanceof MalformedMessage)) return thrown
    return new MalformedMessage(thrown.reason, thrown.position, message, thrown.field)
  }
}
