// Random numbers of one event: a function of the seed and of the event's number alone, so that any
// reader of any part of the events draws the same ones.

export class Draw {
  readonly #seed: number
  #state = 0

  constructor(seed: number) {
    this.#seed = mixed(seed | 0)
  }

  /** What is drawn from here on belongs to this event. */
  begin(number: number): void {
    this.#state = mixed(mixed(this.#seed ^ (number | 0)) ^ Math.floor(number / 2 ** 32))
  }

  /** Uniform in [0, 1). Mulberry32 (Tommy Ettinger). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let value = this.#state
    value = Math.imul(value ^ (value >>> 15), value | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, uniform in [0, below). */
  integer(below: number): number {
    return Math.floor(this.fraction() * below)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(items.length)] as Item
  }
}

/** The finaliser of MurmurHash3. */
function mixed(value: number): number {
  let mixing = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixing = Math.imul(mixing ^ (mixing >>> 13), 0xc2b2ae35)
  return mixing ^ (mixing >>> 16)
}
