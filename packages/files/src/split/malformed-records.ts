// What becomes of records that cannot be decoded: the job fails, they are counted and passed over,
// or they go to the stream of dead letters.

import { type Counter, type DeadLetter, SluiceError } from '@sluice/core/connector'
import { MalformedRecord } from '../format/file-format.ts'
import type { FileSplit } from './file-split.ts'

/** `fail` ends the job; `skip` counts; `dead-letter` counts and keeps the record. */
export type OnMalformed = 'fail' | 'skip' | 'dead-letter'

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
  readonly #step: string
  readonly #policy: OnMalformed
  readonly #counter: Counter

  constructor(step: string, policy: OnMalformed, counter: Counter) {
    this.#step = step
    this.#policy = policy
    this.#counter = counter
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
    const source = this.#step
    batch.reject({ source, split: split.id, position, reason, raw: place.raw() })
  }
}

/** Why a record is malformed; undefined for an error that is something else. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof MalformedRecord) return error.message
  if (error instanceof SluiceError && error.code === 'RECORD_MALFORMED') return error.message
  return undefined
}
