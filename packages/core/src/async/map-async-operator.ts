// `mapAsync` as an operator. Records wait in segments that watermarks end: a watermark is passed on when
// every record before it has been. In order, results leave from the head; unordered, any result of the
// first segment leaves at once. The inputs that have not left are the operator's state; after a restore
// they are called again before new input. Everything but the user's promise runs in the task's mailbox.

import { SluiceError } from '../errors.ts'
import type { Operator, OperatorHost } from '../operator/host.ts'
import { type AbortControl, AbortController } from '../platform-globals.ts'
import type { AsyncCall, MapAsyncSettings } from './map-async-options.ts'

const longestRetryDelayMs = 60_000

/** A record in flight. */
interface Entry {
  readonly value: unknown
  readonly timestamp: number
  readonly segment: Segment
  /** Of the call that counts; answers to earlier calls are ignored. */
  attempt: number
  isDone: boolean
  result: unknown
  control: AbortControl | undefined
  cancelTimer: (() => void) | undefined
}

/** The records between two watermarks. */
interface Segment {
  readonly entries: Set<Entry>
  /** Follows the records of this segment; undefined in the last one. */
  watermark: number | undefined
}

/** A mapAsync operator for one subtask. */
export function createMapAsyncOperator(
  call: AsyncCall<unknown, unknown>,
  settings: MapAsyncSettings,
): Operator {
  const { concurrency, ordered, timeoutMs, retryAttempts, retryDelayMs } = settings
  let host: OperatorHost | undefined
  let passWatermark: (watermark: number) => void = () => {}
  const segments: Segment[] = [{ entries: new Set(), watermark: undefined }]
  /** Records that wait for one of the calls in flight to end: after a restore, or a full batch. */
  const waiting: Entry[] = []
  /** Entries that have not left: those that wait are not counted. */
  let inFlight = 0
  let answered: (() => void)[] = []
  let resolveEmpty: (() => void) | undefined
  let isClosed = false

  function openHost(): OperatorHost {
    if (host === undefined) throw new SluiceError('INVARIANT_BROKEN', 'mapAsync ran before open.')
    return host
  }

  function accept(value: unknown, timestamp: number): void {
    const segment = segments[segments.length - 1] as Segment
    const idle = { attempt: 0, isDone: false, result: undefined }
    const entry = { value, timestamp, segment, ...idle, control: undefined, cancelTimer: undefined }
    segment.entries.add(entry)
    if (host === undefined || inFlight >= concurrency) waiting.push(entry)
    else start(entry)
  }

  function start(entry: Entry): void {
    inFlight++
    attempt(entry)
  }

  function attempt(entry: Entry): void {
    const number = ++entry.attempt
    const control = new AbortController()
    entry.control = control
    entry.cancelTimer = openHost().after(timeoutMs, () => {
      if (number === entry.attempt && !entry.isDone) failed(entry, timeoutOf(timeoutMs, number))
    })
    const answer = (settle: () => void) => {
      // One mailbox call serves all answers that came before it ran.
      answered.push(() => {
        if (number === entry.attempt && !entry.isDone && !isClosed) settle()
      })
      if (answered.length === 1) openHost().enqueue(settleAnswers)
    }
    let promise: Promise<unknown>
    try {
      promise = Promise.resolve(call(entry.value, control.signal))
    } catch (error) {
      promise = Promise.reject(error)
    }
    promise.then(
      (result) => answer(() => succeeded(entry, result)),
      (error: unknown) => answer(() => failed(entry, failureOf(error, number))),
    )
  }

  function settleAnswers(): void {
    const settles = answered
    answered = []
    for (const settle of settles) settle()
  }

  function succeeded(entry: Entry, result: unknown): void {
    entry.cancelTimer?.()
    entry.control = undefined
    entry.isDone = true
    entry.result = result
    if (ordered) drain()
    else if (entry.segment === segments[0]) {
      leave(entry)
      drain()
    }
    while (waiting.length > 0 && inFlight < concurrency) start(waiting.shift() as Entry)
  }

  /** Tries again while attempts are left; thrown in the mailbox, an error fails the task. */
  function failed(entry: Entry, error: SluiceError): void {
    entry.cancelTimer?.()
    entry.control?.abort(error)
    entry.control = undefined
    if (entry.attempt > retryAttempts) throw error.at({ step: openHost().step })
    const delayMs = Math.min(retryDelayMs * 2 ** (entry.attempt - 1), longestRetryDelayMs)
    // A late answer to the call that was given up must not count.
    const number = ++entry.attempt
    entry.attempt = number
    entry.cancelTimer = openHost().after(delayMs, () => {
      entry.attempt = number - 1
      attempt(entry)
    })
  }

  function leave(entry: Entry): void {
    entry.segment.entries.delete(entry)
    inFlight--
    openHost().emit(entry.result, entry.timestamp, 0)
  }

  /** Lets go all that may leave: records from the head, and watermarks behind the last of them. */
  function drain(): void {
    for (;;) {
      const head = segments[0] as Segment
      for (const entry of head.entries) {
        if (entry.isDone) leave(entry)
        else if (ordered) break
      }
      if (head.entries.size > 0) return
      if (head.watermark === undefined) break
      segments.shift()
      passWatermark(head.watermark)
    }
    resolveEmpty?.()
  }

  return {
    open(opened) {
      host = opened
      while (waiting.length > 0 && inFlight < concurrency) start(waiting.shift() as Entry)
    },

    onRecord: accept,

    onWatermark(watermark, pass) {
      passWatermark = pass
      const last = segments[segments.length - 1] as Segment
      if (last.entries.size > 0) {
        last.watermark = watermark
        segments.push({ entries: new Set(), watermark: undefined })
        return false
      }
      const before = segments[segments.length - 2]
      if (before === undefined) return true
      before.watermark = watermark
      return false
    },

    onEndOfInput() {
      if (segments.length === 1 && segments[0]?.entries.size === 0) return undefined
      return new Promise((resolve) => {
        resolveEmpty = resolve
      })
    },

    blocked: () => inFlight + waiting.length >= concurrency,

    snapshot() {
      const elements: unknown[] = []
      for (const segment of segments) {
        for (const { value, timestamp } of segment.entries) elements.push([timestamp, value])
      }
      return elements
    },

    restore(elements) {
      for (const element of elements) {
        const [timestamp, value] = element as [number, unknown]
        accept(value, timestamp)
      }
    },

    close() {
      isClosed = true
      const reason = new Error('The task of this mapAsync has ended.')
      for (const segment of segments) {
        for (const entry of segment.entries) {
          entry.cancelTimer?.()
          entry.control?.abort(reason)
        }
      }
    },
  }
}

function timeoutOf(timeoutMs: number, attempt: number): SluiceError {
  const message = `A mapAsync call did not answer within ${timeoutMs} ms (attempt ${attempt}).`
  return new SluiceError('ASYNC_TIMEOUT', message, {
    hint: 'Pass the signal on to what you await, and set a longer timeout or retries if need be.',
  })
}

function failureOf(thrown: unknown, attempt: number): SluiceError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  const message = `A mapAsync call failed (attempt ${attempt}): ${reason}`
  return new SluiceError('USER_FUNCTION_FAILED', message, {
    cause: thrown,
    hint: 'Set retries: { attempts, delay } where a failure may pass.',
  })
}
