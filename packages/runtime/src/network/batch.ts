// A batch of records with their time stamps: the unit in which records cross an exchange and run
// through a chain. Time stamps of records without event time are minus infinity.

export const BATCH_CAPACITY = 1024

export class Batch {
  readonly values: unknown[]
  readonly timestamps: Float64Array
  length = 0

  constructor(capacity: number = BATCH_CAPACITY) {
    this.values = new Array(capacity)
    this.timestamps = new Float64Array(capacity)
    this.values.fill(undefined)
  }

  get capacity(): number {
    return this.timestamps.length
  }

  /** Empties the batch and lets go of its records. */
  clear(): void {
    this.values.fill(undefined, 0, this.length)
    this.length = 0
  }
}
