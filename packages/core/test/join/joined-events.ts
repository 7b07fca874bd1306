// Random histories of two sides for tests of joins: records in any disorder with watermarks between
// them, run through an operator on a fake host, and what every join must come to, by definition.

import fc from 'fast-check'
import type { Operator } from '../../src/operator/host.ts'
import { FakeHost } from '../operator/fake-host.ts'

export interface Joined {
  readonly side: 'left' | 'right'
  readonly key: string
  readonly id: number
  readonly at: number
  /** Comes before the record; undefined for none. */
  readonly watermark: number | undefined
}

export const keyOf = (value: unknown) => (value as Joined).key

/** What `select` makes of a pair. */
export const select = (left: unknown, right: unknown) => [
  (left as Joined | undefined)?.id,
  (right as Joined | undefined)?.id,
]

export const histories: fc.Arbitrary<readonly Joined[]> = fc
  .array(
    fc.record({
      side: fc.constantFrom('left' as const, 'right' as const),
      key: fc.constantFrom('a', 'b'),
      at: fc.integer({ min: -60, max: 60 }),
      watermark: fc.option(fc.integer({ min: -70, max: 70 }), { nil: undefined, freq: 3 }),
    }),
    { maxLength: 60 },
  )
  .map((events) => events.map((event, id) => ({ ...event, id })))

/** What comes out of an operator: texts of pairs, of late records, and the time of each pair. */
export interface Outcome {
  readonly pairs: readonly string[]
  readonly late: readonly number[]
}

export class JoinRun {
  readonly host: FakeHost
  /** Emitted behind a watermark that had been passed on already. */
  readonly tooEarly: unknown[] = []

  constructor(operator: Operator) {
    this.host = new FakeHost(operator, keyOf, keyOf)
    operator.open(this.host)
  }

  /** Advances the watermark; it never goes back. */
  watermark(time: number): void {
    if (time > this.host.currentWatermark()) this.#watched(() => this.host.watermark(time))
  }

  record(event: Joined): void {
    this.#watched(() => {
      if (event.side === 'left') this.host.record(event, event.at)
      else this.host.second(event, event.at)
    })
  }

  /** Every record and watermark of a history, then the end of time. */
  play(history: readonly Joined[]): this {
    for (const event of history) {
      if (event.watermark !== undefined) this.watermark(event.watermark)
      this.record(event)
    }
    this.watermark(Number.POSITIVE_INFINITY)
    return this
  }

  #watched(call: () => void): void {
    const before = this.host.emitted.length
    const passed = this.host.passedWatermarks.at(-1) ?? Number.NEGATIVE_INFINITY
    call()
    const emitted = this.host.emitted.slice(before).filter(({ output }) => output === 0)
    this.tooEarly.push(...emitted.filter(({ timestamp }) => timestamp <= passed))
  }

  get outcome(): Outcome {
    const of = (output: number) => this.host.emitted.filter((each) => each.output === output)
    return {
      pairs: of(0)
        .map(({ value, timestamp }) => `${JSON.stringify(value)} at ${timestamp}`)
        .sort(),
      late: of(1).map(({ value }) => (value as Joined).id),
    }
  }
}

/** The records that are on time, and the others; `isLate` decides by the watermark at arrival. */
export function inTime(
  history: readonly Joined[],
  isLate: (event: Joined, watermark: number) => boolean,
): { readonly kept: readonly Joined[]; readonly late: readonly number[] } {
  let watermark = Number.NEGATIVE_INFINITY
  const kept: Joined[] = []
  const late: number[] = []
  for (const event of history) {
    watermark = Math.max(watermark, event.watermark ?? watermark)
    if (isLate(event, watermark)) late.push(event.id)
    else kept.push(event)
  }
  return { kept, late }
}
