// Timers of a process function that set the next one. At the end of input the watermark is at the
// end of time, and such timers would go on for ever. Who goes on finds here a limit that no chain
// with an end comes to.
//
// One key at a time is followed: a timer counts one more than the timer that set it. When no timer
// of the chain is left the next key that sets one is followed, so sooner or later it is one whose
// timers never end.

import type { Logger } from '../connector/context.ts'
import { describedRecord } from '../described-record.ts'
import { SluiceError } from '../errors.ts'
import type { Key, KeyPart } from '../key/key.ts'
import { mapKey } from '../key/map-key.ts'

/** So many in a row are worth a warning. */
const LONG_CHAIN = 1000
/** A day of a timer each second has 86,400. */
const LONGEST_CHAIN = 100_000

const HINT =
  'At the end of input the watermark is Infinity and every timer fires: set the next one only ' +
  'while `context.watermark < Infinity`.'

export class TimerChain {
  readonly #step: string
  readonly #log: Logger
  #hasWarned = false
  /** The key that is followed. */
  #followed: KeyPart | undefined
  /** By time, of the timers of that key: how many in a row led to each. */
  readonly #links = new Map<number, number>()
  /** Of the timer that fires now. */
  #key: KeyPart | undefined
  #link = 0

  constructor(step: string, log: Logger) {
    this.#step = step
    this.#log = log
  }

  /**
   * A timer is about to fire: it, and those that it sets, are what is meant from now on. Throws
   * TIMERS_ENDLESS where too many in a row led to it.
   */
  fires(time: number, key: Key): void {
    if (this.#links.size === 0) this.#followed = undefined
    this.#key = mapKey(key)
    this.#link = 0
    if (this.#key !== this.#followed) return
    this.#link = this.#links.get(time) ?? 0
    this.#links.delete(time)
    if (this.#link >= LONG_CHAIN) this.#isLong(time, key)
  }

  /** The timer that fires sets another one. */
  sets(time: number): void {
    this.#followed ??= this.#key
    if (this.#key !== this.#followed) return
    const link = this.#link + 1
    if (link > (this.#links.get(time) ?? 0)) this.#links.set(time, link)
  }

  /** The timer that fires takes another one away. */
  deletes(time: number): void {
    if (this.#key === this.#followed) this.#links.delete(time)
  }

  #isLong(time: number, key: Key): void {
    const what =
      `The input of step '${this.#step}' has ended and its timers go on: for the key ` +
      `${describedRecord(key)}, ${this.#link} in a row have each set the next one`
    if (this.#link > LONGEST_CHAIN) {
      const reached = `${what}, up to the time ${time}.`
      throw new SluiceError('TIMERS_ENDLESS', reached, { where: { step: this.#step }, hint: HINT })
    }
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#log.warn(`${what}. The job ends when no timer is left. ${HINT}`, {
      step: this.#step,
      key: describedRecord(key),
    })
  }
}
