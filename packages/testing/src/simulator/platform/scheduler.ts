// The one scheduler of a simulation: timers, completions of I/O, messages and yields are all events
// here. Time is virtual: it moves to the next event when none is due. Of the events that are due
// one is picked by the seed, so an event may be overtaken by any other that is due with it.

import type { Life } from './life.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface ScheduledEvent {
  readonly dueMs: number
  /** In order of scheduling; makes the heap's order the same in every run. */
  readonly sequence: number
  readonly life: Life
  readonly label: string
  readonly call: () => void
  cancelled: boolean
}

export class Scheduler {
  readonly #random: SeededRandom
  readonly #heap: ScheduledEvent[] = []
  #due: ScheduledEvent[] = []
  #parked: ScheduledEvent[] = []
  #sequence = 0
  #nowMs = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Work takes time, too. */
  pass(durationMs: number): void {
    this.#nowMs += durationMs
  }

  schedule(life: Life, delayMs: number, label: string, call: () => void): ScheduledEvent {
    const event = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      sequence: this.#sequence++,
      life,
      label,
      call,
      cancelled: false,
    }
    if (event.dueMs <= this.#nowMs) this.#due.push(event)
    else this.#push(event)
    return event
  }

  /** When the next event is due; undefined where nothing is left to happen. */
  nextDueMs(): number | undefined {
    this.#drop()
    if (this.#due.length > 0) return this.#nowMs
    return this.#heap[0]?.dueMs
  }

  /** Takes the next event out and moves the time to it. */
  next(): ScheduledEvent | undefined {
    for (;;) {
      const dueMs = this.nextDueMs()
      if (dueMs === undefined) return undefined
      this.#nowMs = Math.max(this.#nowMs, dueMs)
      while ((this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= this.#nowMs) {
        this.#due.push(this.#pop())
      }
      const event = this.#takeDue()
      if (event.cancelled || !event.life.alive) continue
      if (!event.life.paused) return event
      this.#parked.push(event)
    }
  }

  /** Keeps an event that was taken out until its life goes on. */
  park(event: ScheduledEvent): void {
    this.#parked.push(event)
  }

  /** Lets what waited for a paused life happen, if it goes on now. */
  unpark(): void {
    const parked = this.#parked
    this.#parked = []
    for (const event of parked) {
      if (event.life.paused) this.#parked.push(event)
      else this.#due.push(event)
    }
  }

  #takeDue(): ScheduledEvent {
    const index = this.#due.length === 1 ? 0 : this.#random.below(this.#due.length)
    const event = this.#due[index] as ScheduledEvent
    const last = this.#due.pop() as ScheduledEvent
    if (index < this.#due.length) this.#due[index] = last
    return event
  }

  /** Removes from the top of the heap what will never run, so that it does not move the time. */
  #drop(): void {
    for (;;) {
      const top = this.#heap[0]
      if (top === undefined) return
      if (top.cancelled || !top.life.alive) this.#pop()
      else if (top.life.paused) this.#parked.push(this.#pop())
      else return
    }
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent] as ScheduledEvent)) break
      heap[index] = heap[parent] as ScheduledEvent
      index = parent
    }
    heap[index] = event
  }

  #pop(): ScheduledEvent {
    const heap = this.#heap
    const top = heap[0] as ScheduledEvent
    const last = heap.pop() as ScheduledEvent
    if (heap.length === 0) return top
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      const right = child + 1
      const rightIsBefore =
        right < heap.length &&
        isBefore(heap[right] as ScheduledEvent, heap[child] as ScheduledEvent)
      if (rightIsBefore) child = right
      if (!isBefore(heap[child] as ScheduledEvent, last)) break
      heap[index] = heap[child] as ScheduledEvent
      index = child
    }
    heap[index] = last
    return top
  }
}

function isBefore(left: ScheduledEvent, right: ScheduledEvent): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.sequence < right.sequence)
}
