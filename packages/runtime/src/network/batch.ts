// A batch of records with their time stamps: the unit in which records cross an exchange and run
// through a chain. Time stamps of records without event time are minus infinity.

export const BATCH_CAPACITY = 1024

export class Batch {
  readonly values: unknown[]
  readonly timestamps: Float64Array
  length: number

  private constructor(values: unknown[], timestamps: Float64Array, length: number) {
    this.values = values
    this.timestamps = timestamps
    this.length = length
  }

  static empty(capacity: number = BATCH_CAPACITY): Batch {
    return new Batch(new Array(capacity).fill(undefined), new Float64Array(capacity), 0)
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
    this.values.fill(undefined, 0, this.length)
    this.length = 0
  }
}
