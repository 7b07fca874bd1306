// How a thread that has nothing to do learns that there is something again. A doorbell counts
// rings; who wants to sleep notes the count, looks at everything that it serves, and waits for
// another count, so that a ring in between is never lost. Ringing wakes somebody only when somebody
// sleeps.

/** Something that a sleeping thread can be woken by. */
export interface Doorbell {
  /** The number of rings so far, modulo 2^32; to be read before looking for work. */
  current(): number
  /** Wakes whoever waits. To be called after the news is published. */
  ring(): void
  /** Resolves once the count is no longer `lastSeen`; at once when that is so already. */
  waitAsync(lastSeen: number): Promise<void>
}

/** How a thread of a platform sleeps: calls back once `words[0]` is no longer `lastSeen`. */
export interface DoorbellSleeper {
  sleepUntilRung(words: Int32Array, lastSeen: number, call: () => void): void
}

const RINGS = 0
const SLEEPERS = 1

/** The memory of a doorbell between threads. */
export function createDoorbellMemory(): SharedArrayBuffer {
  // A cache line of its own, so that ringing one bell does not slow another.
  return new SharedArrayBuffer(64)
}

/**
 * A doorbell between threads. A pending `waitAsync` does not keep its thread alive: the thread
 * needs another handle, such as a message port with a listener.
 */
export class SharedDoorbell implements Doorbell {
  readonly #words: Int32Array<SharedArrayBuffer>

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, 2)
  }

  current(): number {
    return Atomics.load(this.#words, RINGS)
  }

  ring(): void {
    Atomics.add(this.#words, RINGS, 1)
    // A sleeper counts itself before it compares the rings. So either it is seen here, or its
    // comparison comes after the line above and fails.
    if (Atomics.load(this.#words, SLEEPERS) !== 0) Atomics.notify(this.#words, RINGS)
  }

  /** Like `waitAsync`, by way of the platform, which knows how its threads sleep. */
  sleep(lastSeen: number, sleeper: DoorbellSleeper, call: () => void): void {
    Atomics.add(this.#words, SLEEPERS, 1)
    sleeper.sleepUntilRung(this.#words, lastSeen, () => {
      Atomics.sub(this.#words, SLEEPERS, 1)
      call()
    })
  }

  async waitAsync(lastSeen: number): Promise<void> {
    // Only the sleeper itself takes its count back: a ring that did so could be one that it has
    // seen.
    Atomics.add(this.#words, SLEEPERS, 1)
    try {
      const wait = Atomics.waitAsync(this.#words, RINGS, lastSeen)
      if (wait.async) await wait.value
    } finally {
      Atomics.sub(this.#words, SLEEPERS, 1)
    }
  }
}

/**
 * A doorbell within one thread; it wakes by a microtask, so that a simulation stays deterministic.
 */
export class LocalDoorbell implements Doorbell {
  #rings = 0
  #sleepers: (() => void)[] = []

  current(): number {
    return this.#rings
  }

  ring(): void {
    this.#rings = (this.#rings + 1) | 0
    const sleepers = this.#sleepers
    if (sleepers.length === 0) return
    this.#sleepers = []
    for (const wake of sleepers) wake()
  }

  waitAsync(lastSeen: number): Promise<void> {
    if (this.#rings !== lastSeen) return Promise.resolve()
    return new Promise((resolve) => this.#sleepers.push(resolve))
  }
}
