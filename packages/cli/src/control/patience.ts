// How long a command waits for a running job: for its first words, for a sign of life while it
// works, and, where somebody says so, for all of it. A run that hangs is told from one that is
// slow, because a slow one shows signs of life.

/** The longest that a timer can wait. */
const longestMs = 2 ** 31 - 1

/** A command that was itself asleep hears what has come meanwhile before it believes in silence. */
const graceMs = 1_000

/** The limits of one request. */
export interface Limits {
  /** For the first words of an answer. */
  readonly answersWithinMs: number
  /** Between two signs of life; a run gives one every two seconds. */
  readonly silentForMs: number
  /** For all of it, whatever the run says meanwhile; without end unless somebody says so. */
  readonly timeoutMs?: number
}

/** What has run out. */
export interface RunOut {
  readonly limit: 'answer' | 'silence' | 'timeout'
  readonly afterMs: number
}

/** Aborts its signal when a limit runs out. */
export class Patience {
  readonly #limits: Limits
  readonly #aborts = new AbortController()
  readonly #whole: NodeJS.Timeout | undefined
  #next: NodeJS.Timeout
  #runOut: RunOut | undefined

  constructor(limits: Limits) {
    const { answersWithinMs, timeoutMs } = limits
    this.#limits = limits
    this.#next = this.#abortsAfter('answer', answersWithinMs)
    if (timeoutMs !== undefined) this.#whole = this.#abortsAfter('timeout', timeoutMs)
  }

  get signal(): AbortSignal {
    return this.#aborts.signal
  }

  /** Undefined as long as there is some left. */
  get runOut(): RunOut | undefined {
    return this.#runOut
  }

  /** The run has said something. */
  heard(): void {
    clearTimeout(this.#next)
    this.#next = this.#abortsAfter('silence', this.#limits.silentForMs)
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#next)
    clearTimeout(this.#whole)
  }

  #abortsAfter(limit: RunOut['limit'], afterMs: number): NodeJS.Timeout {
    const end = (): void => {
      this.#runOut = { limit, afterMs }
      this.#aborts.abort()
    }
    const waits = (): void => {
      this.#next = setTimeout(end, graceMs)
    }
    return setTimeout(limit === 'timeout' ? end : waits, Math.min(afterMs, longestMs))
  }
}
