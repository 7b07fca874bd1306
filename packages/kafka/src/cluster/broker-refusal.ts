// An answer that is an error, and what the failures of requests are to whoever made them.

import { SluiceError } from '@sluice/core/connector'
import { BrokerRequestError } from '../wire/broker-connection.ts'
import { MalformedMessage } from '../wire/codec/malformed-message.ts'
import { errorOf, errorText, type KafkaError } from '../wire/error-codes.ts'

/** A broker answered with an error code. */
export class BrokerRefusal extends Error {
  readonly error: KafkaError

  /** `what` was asked: `Finding the coordinator of 'a'`. */
  constructor(what: string, code: number) {
    super(`${what}: ${errorText(code)}`)
    this.name = 'BrokerRefusal'
    this.error = errorOf(code)
  }
}

/** What to do after a failed attempt. */
export type Remedy = 'retry' | 'refresh' | 'give-up'

/**
 * `repeatable`: carried out twice the request does no harm. Others are made again only when it is
 * certain that they were not carried out.
 */
export function remedyFor(error: unknown, repeatable: boolean): Remedy {
  if (error instanceof BrokerRefusal) {
    const { class: errorClass, mayBeDone } = error.error
    if (mayBeDone && !repeatable) return 'give-up'
    if (errorClass === 'retriable') return 'retry'
    return errorClass === 'refresh' ? 'refresh' : 'give-up'
  }
  if (error instanceof BrokerRequestError) {
    if (error.kind === 'malformed') return 'give-up'
    return error.sent && !repeatable ? 'give-up' : 'refresh'
  }
  return error instanceof SluiceError && error.code === 'KAFKA_UNREACHABLE' ? 'refresh' : 'give-up'
}

/** The error of the job. The cause is what the broker or the connection said. */
export function requestFailure(what: string, error: unknown, afterMs?: number): SluiceError {
  if (error instanceof SluiceError) return error
  const during = afterMs === undefined ? '' : ` (tried for ${Math.round(afterMs)} ms)`
  if (error instanceof BrokerRefusal) {
    const isForbidden = error.error.class === 'forbidden'
    return new SluiceError(
      isForbidden ? 'KAFKA_FORBIDDEN' : 'KAFKA_REQUEST_FAILED',
      `${error.message}${during}.`,
      {
        hint: isForbidden
          ? 'Grant it to the user of this job: see docs/errors.md, KAFKA_FORBIDDEN.'
          : 'The log of the broker may say more.',
        cause: error,
      },
    )
  }
  if (error instanceof MalformedMessage) {
    return new SluiceError('KAFKA_ANSWER_MALFORMED', `${what}: ${error.message}.`, { cause: error })
  }
  if (error instanceof BrokerRequestError) {
    const code = error.kind === 'malformed' ? 'KAFKA_ANSWER_MALFORMED' : 'KAFKA_UNREACHABLE'
    return new SluiceError(code, `${what}: ${error.message}${during}`, { cause: error })
  }
  return SluiceError.from(error, 'KAFKA_REQUEST_FAILED', what)
}
