// What windows should give, from their definitions alone: every window is a list of records, looked
// through again at each step. It takes nothing from the windows that it judges.

/** A record and, before it, a watermark. */
export interface NaiveEvent {
  readonly key: string
  readonly at: number
  readonly watermark: number | undefined
}

export interface NaiveResult {
  /** `[key, start, end, firing, ids]` as text, sorted. */
  readonly firings: readonly string[]
  readonly late: readonly number[]
}

interface NaiveWindow {
  readonly key: string
  start: number
  end: number
  firing: number
  ids: number[]
  hasEnded: boolean
}

/** Windows that a record belongs to by its time alone. */
export type BoundsOf = (at: number) => readonly (readonly [start: number, end: number])[]

/** Windows with fixed borders, and the merging of sessions where `gapMs` is given. */
export class NaiveWindows {
  readonly #latenessMs: number
  readonly #firings: string[] = []
  readonly #late: number[] = []
  #windows: NaiveWindow[] = []
  #watermark = Number.NEGATIVE_INFINITY

  constructor(latenessMs: number) {
    this.#latenessMs = latenessMs
  }

  advance(watermark: number | undefined): void {
    if (watermark === undefined || watermark <= this.#watermark) return
    this.#watermark = watermark
    for (const window of this.#windows) {
      if (window.hasEnded || window.end - 1 > watermark) continue
      this.#fire(window)
    }
    this.#windows = this.#windows.filter((window) => this.#takes(window))
  }

  #takes({ end }: { readonly end: number }): boolean {
    return this.#watermark < end - 1 + this.#latenessMs
  }

  #fire(window: NaiveWindow): void {
    const { key, start, end, firing, ids } = window
    this.#firings.push(JSON.stringify([key, start, end, firing, ids.toSorted((a, b) => a - b)]))
    window.firing++
    window.hasEnded = true
  }

  /** A record of windows with fixed borders. */
  add(id: number, { key, at }: NaiveEvent, boundsOf: BoundsOf): void {
    const bounds = boundsOf(at)
    const open = bounds.filter(([, end]) => this.#takes({ end }))
    if (open.length === 0 && bounds.length > 0) this.#late.push(id)
    for (const [start, end] of open) {
      let window = this.#windows.find((each) => each.key === key && each.end === end)
      if (window === undefined) {
        window = { key, start, end, firing: 0, ids: [], hasEnded: false }
        this.#windows.push(window)
      }
      window.ids.push(id)
      if (end - 1 <= this.#watermark) this.#fire(window)
    }
  }

  /** A record of a session. */
  addToSession(id: number, { key, at }: NaiveEvent, gapMs: number): void {
    const end = at + gapMs
    const met = this.#windows.filter((each) => {
      return each.key === key && each.start < end && at < each.end
    })
    if (met.length === 0 && !this.#takes({ end })) {
      this.#late.push(id)
      return
    }
    const joined: NaiveWindow = {
      key,
      start: Math.min(at, ...met.map((each) => each.start)),
      end: Math.max(end, ...met.map((each) => each.end)),
      firing: Math.max(0, ...met.map((each) => each.firing)),
      ids: [...met.flatMap((each) => each.ids), id],
      hasEnded: false,
    }
    this.#windows = [...this.#windows.filter((each) => !met.includes(each)), joined]
    if (joined.end - 1 <= this.#watermark) this.#fire(joined)
  }

  result(): NaiveResult {
    return { firings: this.#firings.toSorted(), late: this.#late }
  }
}
