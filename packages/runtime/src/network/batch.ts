// A batch of records with their time stamps: the unit in which records cross an exchange and run
// through a chain. Time stamps of records without event time are minus infinity.

export const BATCH_CAPACITY = 1024

/** Fewer records than this are let go of one by one. */
const FEW_RECORDS = 64

const template: readonly undefined[] = new Array(BATCH_CAPACITY).fill(undefined)

/** An array for a batch of records. Copying one is four times as fast as filling one. */
export function emptyValues(): unknown[] {
  return template.slice()
}

/**
 * The array for the next records after `length` were used. Mostly a new one: records are young, and
 * V8 writes down each young object that an old array gets.
 */
export function clearedValues(values: unknown[], length: number): unknown[] {
  return length < FEW_RECORDS ? values.fill(undefined, 0, length) : emptyValues()
}

export class Batch {
  values: unknown[]
  readonly timestamps: Float64Array
  length: number

  private constructor(values: unknown[], timestamps: Float64Array, length: number) {
    this.values = values
    this.timestamps = timestamps
    this.length = length
  }

  static empty(): Batch {
    return new Batch(emptyValues(), new Float64Array(BATCH_CAPACITY), 0)
  }

  /** A batch around records that were decoded. */
  static of(decoded: {
    readonly values: unknown[]
    readonly timestamps: Float64Array
    readonly length: number
  }): Batch {
    return new Batch(decoded.values, decoded.timestamps, decoded.length)
  }

  /** Empties the batch and lets go of its records. */
  clear(): void {
    this.values = clearedValues(this.values, this.length)
    this.length = 0
  }
}
