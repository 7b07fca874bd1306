// Whether something still lives: a process, or a worker within one. What is scheduled for a life
// that has ended never runs; what is scheduled for one that is paused waits until it goes on.

export class Life {
  readonly name: string
  readonly #parent: Life | undefined
  readonly #onFailure: (error: unknown) => void
  #endings: (() => void)[] = []
  #ended = false
  #paused = false

  constructor(name: string, onFailure: (error: unknown) => void, parent?: Life) {
    this.name = name
    this.#onFailure = onFailure
    this.#parent = parent
    parent?.whenEnded(() => this.end())
  }

  get alive(): boolean {
    return !this.#ended && (this.#parent?.alive ?? true)
  }

  get paused(): boolean {
    return this.#paused || (this.#parent?.paused ?? false)
  }

  set paused(paused: boolean) {
    this.#paused = paused
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    const endings = this.#endings
    this.#endings = []
    for (const call of endings) call()
  }

  /** Calls once when it has ended, for what the system then does in its place. */
  whenEnded(call: () => void): void {
    this.#endings.push(call)
  }

  /** Something that ran for this life threw and nobody caught it. */
  fail(error: unknown): void {
    this.#onFailure(error)
  }
}
