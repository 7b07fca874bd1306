// Reads ahead of a synchronous consumer: pulls items from an asynchronous producer until enough
// waits, hands them out at once, and goes on when there is room. One producer, one consumer.
//
//   reading --(producer ends)--> exhausted --(last item taken)--> ended
//   reading --(producer throws)--> failed: thrown by `take` after the items before it
//   any --close()--> closed: the producer is ended, and its `finally` blocks have run

export class ReadAhead<Item> {
  readonly #weigh: (item: Item) => number
  readonly #limit: number
  readonly #items: Item[] = []
  #weight = 0
  #exhausted = false
  #failure: { readonly error: unknown } | undefined
  #closed = false
  #consumer: (() => void)[] = []
  #room: (() => void) | undefined
  readonly #run: Promise<void>

  /** Begins to read. Stops while items of `limit` or more wait; one is always let in. */
  constructor(items: AsyncIterable<Item>, weigh: (item: Item) => number, limit: number) {
    this.#weigh = weigh
    this.#limit = limit
    this.#run = this.#read(items)
  }

  /** True when the producer has ended; items may still wait. */
  get exhausted(): boolean {
    return this.#exhausted
  }

  /** True when nothing will come any more, an error included. */
  get ended(): boolean {
    return this.#exhausted && this.#failure === undefined && this.#items.length === 0
  }

  /** The next item, or undefined when none has arrived. Throws the producer's error in its turn. */
  take(): Item | undefined {
    const item = this.#items.shift()
    if (item === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error
      return undefined
    }
    this.#weight -= this.#weigh(item)
    this.#room?.()
    return item
  }

  /** Resolves when `take` has something to say, the end and an error included. */
  async ready(): Promise<void> {
    if (this.#items.length > 0 || this.#exhausted || this.#closed) return
    await new Promise<void>((resolve) => this.#consumer.push(resolve))
  }

  /** Ends the producer and waits until it has let go of what it holds. */
  async close(): Promise<void> {
    this.#closed = true
    this.#items.length = 0
    this.#room?.()
    this.#wake()
    await this.#run
  }

  async #read(items: AsyncIterable<Item>): Promise<void> {
    try {
      for await (const item of items) {
        if (this.#closed) break
        this.#items.push(item)
        this.#weight += this.#weigh(item)
        this.#wake()
        while (this.#weight >= this.#limit && !this.#closed) await this.#waitForRoom()
        if (this.#closed) break
      }
    } catch (error) {
      this.#failure = { error }
    }
    this.#exhausted = true
    this.#wake()
  }

  async #waitForRoom(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#room = resolve
    })
    this.#room = undefined
  }

  #wake(): void {
    const waiting = this.#consumer
    this.#consumer = []
    for (const resolve of waiting) resolve()
  }
}
