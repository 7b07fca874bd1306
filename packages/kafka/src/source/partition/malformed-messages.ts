// What becomes of records that cannot be decoded: the job fails, they are counted and passed over,
// or they go to the stream of dead letters as they were.

import {
  type Counter,
  type OnMalformed,
  SluiceError,
  type SubtaskContext,
} from '@sluice/core/connector'
import type { RecordCursor } from '../../records/record-cursor.ts'
import { type KafkaDeadLetter, letterOf } from './kafka-dead-letter.ts'
import { type KafkaSplit, partitionText } from './kafka-split.ts'

export class MalformedMessages {
  readonly #context: SubtaskContext
  readonly #policy: OnMalformed
  readonly #counter: Counter

  constructor(context: SubtaskContext, policy: OnMalformed) {
    this.#context = context
    this.#policy = policy
    this.#counter = context.metrics.counter('records-malformed')
  }

  /** Deals with the record at the cursor; throws where the policy says so, or for other errors. */
  meet(
    error: unknown,
    cursor: RecordCursor,
    split: KafkaSplit,
    batch: { reject(letter: KafkaDeadLetter): void },
  ): void {
    const place = `Partition ${partitionText(split)}, offset ${cursor.offset}`
    const where = { step: this.#context.step }
    if (!(error instanceof SluiceError)) throw thrownAt(place, error, where.step)
    if (error.code !== 'RECORD_MALFORMED') throw error
    if (this.#policy === 'fail') {
      throw new SluiceError('RECORD_MALFORMED', `${place}: ${error.message}`, {
        where,
        cause: error,
        hint: error.hint ?? "Set onMalformed to 'skip' or 'dead-letter' to go on behind it.",
      })
    }
    this.#counter.add()
    if (this.#policy === 'skip') return
    batch.reject(letterOf(this.#context, error, cursor, split))
  }
}

/** What a function of the job, or its format, has thrown at a record. */
function thrownAt(place: string, thrown: unknown, step: string): SluiceError {
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return new SluiceError('USER_FUNCTION_FAILED', `${place}: decoding it threw ${reason}`, {
    where: { step },
    cause: thrown,
    hint: 'Mend select or the format; a format throws RECORD_MALFORMED for what it cannot read.',
  })
}
