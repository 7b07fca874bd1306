// The rate of another client, measured as ours is: from a number of records on for so many more, or
// for so long.

/** How a client of a topic is measured. */
export interface ClientOrder {
  readonly brokers: string
  readonly topic: string
  readonly client: 'kafkajs' | 'platformatic'
  /** Values are parsed by the program. */
  readonly json?: boolean
  readonly warmUpRecords: number
  readonly measureRecords: number
  readonly measureMs: number
}

export interface ClientRate {
  readonly recordsPerSecond: number
}

export class RateMeter {
  readonly #order: ClientOrder
  #records = 0
  #fromMs = Number.NaN
  #fromRecords = 0
  #done = false

  constructor(order: ClientOrder) {
    this.#order = order
  }

  /** So many records more; prints the rate and ends the process when it has seen enough. */
  add(count: number): void {
    this.#records += count
    const nowMs = performance.now()
    const { warmUpRecords, measureRecords, measureMs } = this.#order
    if (Number.isNaN(this.#fromMs)) {
      if (this.#records < warmUpRecords) return
      this.#fromMs = nowMs
      this.#fromRecords = this.#records
      return
    }
    const records = this.#records - this.#fromRecords
    if (this.#done || (records < measureRecords && nowMs - this.#fromMs < measureMs)) return
    this.#done = true
    const rate: ClientRate = { recordsPerSecond: (records * 1000) / (nowMs - this.#fromMs) }
    process.stdout.write(`${JSON.stringify(rate)}\n`, () => process.exit(0))
  }
}

/** What the program was started with. */
export function clientOrder(): ClientOrder {
  return JSON.parse(process.argv[2] ?? '{}') as ClientOrder
}
