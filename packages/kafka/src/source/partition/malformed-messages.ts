// What becomes of records that cannot be decoded: the job fails, they are counted and passed over,
// or they go to the stream of dead letters with their bytes.

import { type Counter, type DeadLetter, SluiceError } from '@sluice/core/connector'
import type { RecordCursor } from '../../records/record-cursor.ts'
import { type KafkaSplit, partitionText } from './kafka-split.ts'
import { valueOf } from './message-decoder.ts'

/** `fail` ends the job; `skip` counts; `dead-letter` counts and keeps the record. */
export type OnMalformed = 'fail' | 'skip' | 'dead-letter'

export class MalformedMessages {
  readonly #step: string
  readonly #policy: OnMalformed
  readonly #counter: Counter

  constructor(step: string, policy: OnMalformed, counter: Counter) {
    this.#step = step
    this.#policy = policy
    this.#counter = counter
  }

  /** Deals with the record at the cursor; throws where the policy says so, or for other errors. */
  meet(
    error: unknown,
    cursor: RecordCursor,
    split: KafkaSplit,
    batch: { reject(letter: DeadLetter): void },
  ): void {
    if (!(error instanceof SluiceError) || error.code !== 'RECORD_MALFORMED') throw error
    const position = `offset ${cursor.offset}`
    const reason = error.message
    if (this.#policy === 'fail') {
      const message = `Partition ${partitionText(split)}, ${position}: ${reason}`
      throw new SluiceError('RECORD_MALFORMED', message, {
        where: { step: this.#step },
        cause: error,
        hint: error.hint ?? "Set onMalformed to 'skip' or 'dead-letter' to go on behind it.",
      })
    }
    this.#counter.add()
    if (this.#policy === 'skip') return
    // The bytes of the fetch are let go of soon; a dead letter may wait for long.
    const raw = valueOf(cursor)?.slice() ?? new Uint8Array()
    batch.reject({ source: this.#step, split: partitionText(split), position, reason, raw })
  }
}
