// A batch on its way through the chain. It is processed in pieces, so that slow functions do not
// keep the thread from its event loop, and it waits where an output overflowed.

import type { Clock } from '@sluice/core/connector'
import type { ChainFunctions, ChainRun } from '../chain/chain-functions.ts'

const MOST_RECORDS = 1024
const LONG_MS = 1
const SHORT_MS = 0.25

export class BatchInProgress {
  readonly #functions: ChainFunctions
  #run: ChainRun
  readonly #clock: Clock
  #values: readonly unknown[] = []
  #timestamps = new Float64Array(0)
  #at = 0
  #length = 0
  /** Records per piece: grows while pieces are short, shrinks when they are long. */
  #pieceRecords = 64
  recordsIn = 0

  constructor(functions: ChainFunctions, clock: Clock) {
    this.#functions = functions
    this.#run = functions.run
    this.#clock = clock
  }

  get active(): boolean {
    return this.#at < this.#length
  }

  /** @param input Of the head of the chain: 1 is the second one of an operator that has two. */
  begin(
    values: readonly unknown[],
    timestamps: Float64Array,
    length: number,
    input: 0 | 1 = 0,
  ): void {
    const { run, runSecond = run } = this.#functions
    this.#run = input === 0 ? run : runSecond
    this.#values = values
    this.#timestamps = timestamps as Float64Array<ArrayBuffer>
    this.#at = 0
    this.#length = length
  }

  advance(): void {
    const until = Math.min(this.#length, this.#at + this.#pieceRecords)
    const before = this.#clock.monotonic()
    const at = this.#run(this.#values, this.#timestamps, this.#at, until)
    const elapsedMs = this.#clock.monotonic() - before
    this.recordsIn += at - this.#at
    this.#at = at
    if (elapsedMs > LONG_MS && this.#pieceRecords > 1) this.#pieceRecords >>= 1
    else if (elapsedMs < SHORT_MS && this.#pieceRecords < MOST_RECORDS) this.#pieceRecords <<= 1
  }
}
