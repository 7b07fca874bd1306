// Everything that happened in a simulated run, in order. Two runs of one seed give the same text.

/** Lines of time (virtual milliseconds), who and what. */
export class EventLog {
  readonly #entries: { readonly atMs: number; readonly who: string; readonly what: string }[] = []
  #listener: ((line: string) => void) | undefined

  add(atMs: number, who: string, what: string): void {
    this.#entries.push({ atMs, who, what })
    this.#listener?.(format(atMs, who, what))
  }

  /** Hears each line at once: for watching a run, and for faults that wait for a certain moment. */
  listen(listener: (line: string) => void): void {
    this.#listener = listener
  }

  get length(): number {
    return this.#entries.length
  }

  /** The last lines, or all. */
  lines(last: number = this.#entries.length): string[] {
    const from = Math.max(0, this.#entries.length - last)
    return this.#entries.slice(from).map(({ atMs, who, what }) => format(atMs, who, what))
  }
}

function format(atMs: number, who: string, what: string): string {
  return `${atMs.toFixed(3)} ${who}: ${what}`
}
