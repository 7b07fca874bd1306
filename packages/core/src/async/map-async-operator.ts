// `mapAsync` as an operator. The inputs whose results have not left are its state; after a restart
// they are called again before new input. Everything but the user's promise runs in the mailbox of
// the task, and what is thrown there fails it.

import { describedRecord } from '../described-record.ts'
import { assert, SluiceError } from '../errors.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import { type AbortControl, AbortController } from '../platform-globals.ts'
import { type AsyncEntry, AsyncQueue } from './async-queue.ts'
import type { AsyncCall, MapAsyncSettings } from './map-async-options.ts'

const longestRetryDelayMs = 60_000

interface Entry extends AsyncEntry {
  /** How many calls were made. */
  calls: number
  /** Of the call under way: an answer counts only while its own control stands here. */
  control: AbortControl | undefined
  cancelTimer: (() => void) | undefined
}

export class MapAsyncOperator implements Operator {
  readonly #call: AsyncCall<unknown, unknown>
  readonly #settings: MapAsyncSettings
  readonly #queue: AsyncQueue<Entry>
  /** Entries that wait for a call to end: after a restore, or behind a batch that overfilled. */
  readonly #waiting: Entry[] = []
  #host: OperatorHost | undefined
  #answers: (() => void)[] = []
  #resolveEmpty: (() => void) | undefined
  #isClosed = false

  constructor(call: AsyncCall<unknown, unknown>, settings: MapAsyncSettings) {
    this.#call = call
    this.#settings = settings
    this.#queue = new AsyncQueue(
      settings.ordered,
      ({ result, timestamp }) => this.#openHost().emit(result, timestamp, 0),
      () => this.#openHost().isOutputFull(),
    )
  }

  open(host: OperatorHost): void {
    this.#host = host
    this.#startWaiting()
  }

  onRecord(value: unknown, timestamp: number): void {
    const entry = this.#queue.add((segment) => ({
      value,
      timestamp,
      segment,
      place: 0,
      isDone: false,
      result: undefined,
      calls: 0,
      control: undefined,
      cancelTimer: undefined,
    }))
    this.#waiting.push(entry)
    this.#startWaiting()
  }

  onWatermark(watermark: number, passWatermark: (watermark: number) => void): boolean {
    return !this.#queue.holdsBack(watermark, passWatermark)
  }

  onEndOfInput(): Promise<void> | undefined {
    if (this.#queue.size === 0) return undefined
    return new Promise((resolve) => {
      this.#resolveEmpty = resolve
    })
  }

  blocked(): boolean {
    return this.#queue.size >= this.#settings.concurrency
  }

  holdsEventTime(): boolean {
    return this.#queue.holdsEventTime
  }

  snapshot(): readonly unknown[] {
    return Array.from(this.#queue.entries(), ({ value, timestamp }) => [timestamp, value])
  }

  restore(elements: readonly unknown[]): void {
    for (const element of elements) {
      const [timestamp, value] = element as [number, unknown]
      this.onRecord(value, timestamp)
    }
  }

  close(): void {
    this.#isClosed = true
    const reason = new Error('The task of this mapAsync has ended.')
    for (const entry of this.#queue.entries()) this.#endCall(entry, reason)
  }

  /** Results that wait for their turn count as in flight: they are held in memory. */
  #startWaiting(): void {
    if (this.#host === undefined) return
    while (this.#waiting.length > 0) {
      const inFlight = this.#queue.size - this.#waiting.length
      if (inFlight >= this.#settings.concurrency) return
      this.#start(this.#waiting.shift() as Entry)
    }
  }

  #start(entry: Entry): void {
    const control = new AbortController()
    entry.calls++
    entry.control = control
    entry.cancelTimer = this.#openHost().after(this.#settings.timeoutMs, () => {
      if (entry.control === control) this.#failed(entry, this.#timeout(entry))
    })
    let promise: Promise<unknown>
    try {
      promise = Promise.resolve(this.#call(entry.value, control.signal))
    } catch (error) {
      promise = Promise.reject(error)
    }
    promise.then(
      (result) => this.#answer(entry, control, () => this.#succeeded(entry, result)),
      (error: unknown) =>
        this.#answer(entry, control, () => this.#failed(entry, failure(error, entry))),
    )
  }

  /** One call in the mailbox serves all answers that came before it runs. */
  #answer(entry: Entry, control: AbortControl, settle: () => void): void {
    // It has answered in time, however long its result waits for room.
    if (entry.control === control) entry.cancelTimer?.()
    this.#answers.push(() => {
      if (entry.control === control && !this.#isClosed) settle()
    })
    if (this.#answers.length > 1) return
    this.#openHost().enqueue(() => this.#runAnswers())
  }

  /**
   * Where there is no room for their results the others wait: the mailbox is served when there is.
   */
  #runAnswers(): void {
    const host = this.#openHost()
    const answers = this.#answers
    this.#answers = []
    for (const [index, settle] of answers.entries()) {
      if (host.isOutputFull()) {
        this.#answers = [...answers.slice(index), ...this.#answers]
        host.enqueue(() => this.#runAnswers())
        return
      }
      settle()
    }
  }

  #succeeded(entry: Entry, result: unknown): void {
    entry.cancelTimer?.()
    entry.control = undefined
    this.#left(this.#queue.done(entry, result))
  }

  /** Results have left; `all`: none is left behind for want of room. */
  #left(all: boolean): void {
    if (!all) {
      this.#openHost().enqueue(() => {
        if (!this.#isClosed) this.#left(this.#queue.drain())
      })
    }
    this.#startWaiting()
    if (this.#queue.size === 0) this.#resolveEmpty?.()
  }

  #failed(entry: Entry, error: SluiceError): void {
    this.#endCall(entry, error)
    const { retryAttempts, retryDelayMs } = this.#settings
    if (entry.calls > retryAttempts) throw error.at({ step: this.#openHost().step })
    const delayMs = Math.min(retryDelayMs * 2 ** (entry.calls - 1), longestRetryDelayMs)
    entry.cancelTimer = this.#openHost().after(delayMs, () => {
      if (!this.#isClosed) this.#start(entry)
    })
  }

  #endCall(entry: Entry, reason: Error): void {
    entry.cancelTimer?.()
    entry.cancelTimer = undefined
    const { control } = entry
    entry.control = undefined
    control?.abort(reason)
  }

  #timeout(entry: Entry): SluiceError {
    const message = `${described(entry)} did not answer within ${this.#settings.timeoutMs} ms.`
    return new SluiceError('ASYNC_TIMEOUT', message, {
      hint: 'Pass the signal on to what is awaited; set a longer timeout, or retries.',
    })
  }

  #openHost(): OperatorHost {
    assert(this.#host !== undefined, 'mapAsync is open before it calls')
    return this.#host
  }
}

function failure(thrown: unknown, entry: Entry): SluiceError {
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  const message = `${described(entry)} failed: ${reason}`
  return new SluiceError('USER_FUNCTION_FAILED', message, {
    cause: thrown,
    hint: 'Set retries: { attempts, delay } where a failure may pass.',
  })
}

function described({ value, calls }: Entry): string {
  const nth = calls === 1 ? '' : `, attempt ${calls},`
  return `The mapAsync call for the record ${describedRecord(value)}${nth}`
}
