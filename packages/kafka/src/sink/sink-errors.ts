// What can go wrong while records are written, said so that it can be mended.

import { SluiceError } from '@sluice/core/connector'
import type { KafkaError } from '../wire/error-codes.ts'

const MESSAGE_TOO_LARGE = 10

/** A batch that the broker refuses, whatever is tried. */
export function notWritten(
  step: string,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  error: KafkaError,
  sizeBytes: number,
  brokerSays: string | null,
): SluiceError {
  const where = { step }
  const place = `Partition ${topic}-${partition}`
  const more = brokerSays === null || brokerSays === '' ? '' : ` (${brokerSays})`
  if (error.code === MESSAGE_TOO_LARGE) {
    return new SluiceError(
      'KAFKA_RECORDS_TOO_LARGE',
      `${place}: a batch of ${sizeBytes} bytes is larger than the topic allows${more}.`,
      { where, hint: "Raise max.message.bytes of the topic, or lower the sink's batchBytes." },
    )
  }
  const reason = `${error.name} (${error.code}), ${error.reason}${more}`
  if (error.class === 'forbidden') {
    return new SluiceError('KAFKA_FORBIDDEN', `${place} may not be written: ${reason}.`, {
      where,
      hint: 'Grant WRITE on the topic, and WRITE and DESCRIBE on the transactional ids sluice/….',
    })
  }
  return new SluiceError('SINK_FAILED', `${place} was not written: ${reason}.`, { where })
}

/** The open transaction would be aborted by the broker before its checkpoint is committed. */
export function shortOfTime(sink: string, headroomMs: number, timeoutMs: number): SluiceError {
  const left = Math.max(0, Math.round(headroomMs / 1000))
  const whole = Math.round(timeoutMs / 1000)
  return new SluiceError(
    'KAFKA_TRANSACTION_TIME',
    `Sink '${sink}' stops: a transaction has ${left} s left of its ${whole} s, ` +
      'which is less than three checkpoints took. Nothing of it was promised.',
    {
      where: { sink },
      hint:
        "Checkpoint more often, raise transactionTimeout (and the brokers' " +
        "transaction.max.timeout.ms), or use commit: 'staged'.",
    },
  )
}

/** A checkpoint is not appended that the broker would break. */
export function promisedTooLate(
  sink: string,
  transactionalId: string,
  checkpoint: number,
): SluiceError {
  return new SluiceError(
    'KAFKA_TRANSACTION_TIME',
    `Checkpoint ${checkpoint} is given up: transaction ${transactionalId} of sink '${sink}' ` +
      'would be aborted by the broker before it is committed. Nothing was promised.',
    { where: { sink, checkpoint }, hint: "Checkpoint more often, or use commit: 'staged'." },
  )
}
