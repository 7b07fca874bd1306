// The output of records that came too late for a step. It counts them: where nobody reads the
// output, the figure is all that is to be seen of them.

import type { OperatorHost } from './host.ts'

/** The number of this output, of every step that goes by event time. */
export const lateOutput = 1

export class LateOutput {
  readonly #host: Pick<OperatorHost, 'emit'>
  readonly #records: { add(): void }

  constructor(host: Pick<OperatorHost, 'emit' | 'metrics'>) {
    this.#host = host
    this.#records = host.metrics.counter('late-records')
  }

  /** Sends a record on as it was. */
  send(value: unknown, timestamp: number): void {
    this.#records.add()
    this.#host.emit(value, timestamp, lateOutput)
  }
}
