// A stream of bytes in memory: what a connection writes is kept, and the test says what comes back.
// With it a clock that the test moves.

import type {
  Clock,
  NetworkConnection,
  NetworkError,
  NetworkListener,
  Timers,
} from '@sluice/core/connector'

export class MemoryStream implements NetworkConnection {
  closed = false
  #listener: NetworkListener | undefined
  #written: (bytes: Uint8Array) => void = () => {}

  /** Gets what the connection writes. */
  onWrite(written: (bytes: Uint8Array) => void): void {
    this.#written = written
  }

  /** Bytes from the other end. */
  deliver(bytes: Uint8Array): void {
    this.#listener?.data(bytes)
  }

  /** The other end is gone. */
  end(error?: NetworkError): void {
    this.closed = true
    this.#listener?.closed(error)
  }

  write(pieces: readonly Uint8Array[]): boolean {
    if (!this.closed) this.#written(Buffer.concat(pieces))
    return true
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  listen(listener: NetworkListener): void {
    this.#listener = listener
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#listener?.closed(undefined)
  }
}

interface Due {
  readonly atMs: number
  readonly call: () => void
}

export class TestTime implements Clock, Timers {
  #nowMs = 1_000_000
  #due: Due[] = []

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, call: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, call }
    this.#due.push(due)
    return () => {
      this.#due = this.#due.filter((each) => each !== due)
    }
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  /** Timers that have not fired and were not cancelled. */
  get waiting(): number {
    return this.#due.length
  }

  /** Lets time pass; promises settle between two timers. */
  async pass(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      await settled()
      const next = this.#due
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((left, right) => left.atMs - right.atMs)[0]
      if (next === undefined) break
      this.#due = this.#due.filter((each) => each !== next)
      this.#nowMs = next.atMs
      next.call()
    }
    this.#nowMs = untilMs
    await settled()
  }
}

/** When every promise that can settle has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
