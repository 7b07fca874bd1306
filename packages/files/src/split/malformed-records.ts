// What becomes of records that cannot be decoded: the job fails, they are counted and passed over,
// or they go to the stream of dead letters.

import {
  type Counter,
  type DeadLetter,
  type OnMalformed,
  SluiceError,
  type SubtaskContext,
} from '@sluice/core/connector'
import { MalformedRecord } from '../format/file-format.ts'
import type { FileSplit } from './file-split.ts'

/** A malformed record and where it stands. */
export interface MalformedPlace {
  readonly split: FileSplit
  /** `line`, `element`, `row`. */
  readonly unit: string
  /** Counted from 1, from the start of the split's range. */
  readonly number: number
  /** `byte 1200`, `row group 3`. */
  readonly position: string
  readonly raw: () => Uint8Array | string
}

export class MalformedRecords {
  readonly #job: string
  readonly #step: string
  readonly #policy: OnMalformed
  readonly #counter: Counter

  constructor({ job, step, metrics }: SubtaskContext, policy: OnMalformed) {
    this.#job = job
    this.#step = step
    this.#policy = policy
    this.#counter = metrics.counter('records-malformed')
  }

  /**
   * Deals with it; throws RECORD_MALFORMED where the policy says so, or where nothing can be passed
   * over.
   */
  meet(
    error: unknown,
    place: MalformedPlace,
    batch: { reject(letter: DeadLetter): void; split: string },
  ): void {
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    const { split } = place
    const from = split.start > 0 ? ` of the part from ${split.start}` : ''
    const position = `${place.unit} ${place.number}${from}, ${place.position}`
    const hopeless = error instanceof MalformedRecord && error.hopeless
    if (hopeless || this.#policy === 'fail') {
      throw new SluiceError('RECORD_MALFORMED', `${split.file.path}, ${position}: ${reason}`, {
        where: { step: this.#step, file: split.file.path },
        cause: error,
        hint: hopeless
          ? 'Mend the file: what follows cannot be told apart.'
          : "Mend the record, or set onMalformed to 'skip' or 'dead-letter'.",
      })
    }
    this.#counter.add()
    if (this.#policy === 'skip') return
    batch.split = split.id
    batch.reject({
      job: this.#job,
      source: this.#step,
      split: split.id,
      position,
      code: 'RECORD_MALFORMED',
      reason,
      raw: place.raw(),
    })
  }
}

/** Why a record is malformed; undefined for an error that is something else. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof MalformedRecord) return error.message
  if (error instanceof SluiceError && error.code === 'RECORD_MALFORMED') return error.message
  return undefined
}
