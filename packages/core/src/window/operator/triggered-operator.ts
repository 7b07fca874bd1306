// Windows with triggers of their own, or that discard what they have given. Each window is kept by
// itself, also where windows overlap: its content, and `[firings, ...slots of the trigger]`, both
// under the name of the window as namespace. (Semantics: Flink's WindowOperator.)

import type { Key } from '../../key/key.ts'
import type { Operator } from '../../operator/host.ts'
import type { StateDescriptor } from '../../state/descriptor.ts'
import type { ValueState } from '../../state/handle.ts'
import type { WindowAssigner } from '../assigner.ts'
import type { Trigger } from '../trigger/trigger.ts'
import { TriggerMachine, type TriggerSlot } from '../trigger/trigger-machine.ts'
import type { Firings, WindowTime } from '../window.ts'
import { TriggerTime } from './trigger-time.ts'
import { WindowSetting, type WindowStep } from './window-setting.ts'

const triggerState = { name: 'trigger', kind: 'value', namespace: 'window' } as const

/** The states beside the contents of windows. */
export const triggeredStates: readonly StateDescriptor[] = [triggerState]

interface TriggeredFacts {
  readonly time: WindowTime
  readonly allowedLatenessMs: number
  readonly trigger: Trigger
  readonly firings: Firings
}

/** How often a window fired, and the slots of its trigger. */
type Stored = readonly [firings: number, ...slots: TriggerSlot[]]

/** An operator for one subtask. */
export function createTriggeredOperator(
  assigner: WindowAssigner,
  facts: TriggeredFacts,
  step: WindowStep,
): Operator {
  return new TriggeredOperator(assigner, facts, step).operator()
}

class TriggeredOperator {
  readonly #assigner: WindowAssigner
  readonly #facts: TriggeredFacts
  readonly #step: WindowStep
  readonly #machine: TriggerMachine
  #setting!: WindowSetting
  #clocks!: TriggerTime
  #state!: ValueState<Stored>
  #dropped!: { add(): void }

  constructor(assigner: WindowAssigner, facts: TriggeredFacts, step: WindowStep) {
    this.#assigner = assigner
    this.#facts = facts
    this.#step = step
    this.#machine = new TriggerMachine(facts.trigger)
  }

  operator(): Operator {
    return {
      open: (host) => {
        this.#setting = new WindowSetting(host, this.#step, this.#facts.time)
        this.#clocks = new TriggerTime(host)
        this.#state = host.state(triggerState) as unknown as ValueState<Stored>
        this.#dropped = host.metrics.counter('records-between-windows')
      },
      onRecord: (value, timestamp) => this.#add(value, timestamp),
      onEventTimer: (time, key, name) => this.#onTimer('event', time, key, name),
      onProcessingTimer: (time, key, name) => this.#onTimer('processing', time, key, name),
    }
  }

  #add(value: unknown, timestamp: number): void {
    const setting = this.#setting
    const windows = this.#assigner.windowsOf(setting.timeOf(timestamp))
    const progress = setting.progress()
    let taken = false
    for (const name of windows) {
      if (progress >= this.#clearsAt(name)) continue
      taken = true
      setting.host.setNamespace(name)
      this.#addTo(name, value, timestamp, progress)
    }
    if (taken) return
    if (windows.length === 0) this.#dropped.add()
    else setting.late(value, timestamp)
  }

  /** When a window takes no more records. */
  #clearsAt(name: number): number {
    if (this.#assigner.isEndless) return Number.POSITIVE_INFINITY
    return this.#assigner.lastMs(name) + this.#facts.allowedLatenessMs
  }

  #addTo(name: number, value: unknown, timestamp: number, progress: number): void {
    const stored = this.#state.get() as Stored | undefined
    const slots = this.#machine.begun(stored)
    const lastMs = this.#assigner.lastMs(name)
    if (stored === undefined && !this.#assigner.isEndless) {
      this.#setting.setTimer(lastMs + this.#facts.allowedLatenessMs)
    }
    // With the first record; and for a window that fired, since a restore may have taken the
    // watermark back.
    const firings = stored === undefined ? 1 : stored[0]
    if (this.#machine.usesEnd && progress < lastMs && firings > 0) this.#setting.setTimer(lastMs)
    this.#step.contents.add(value)
    this.#machine.countRecord(slots, 1, this.#clocks.at(timestamp))
    if (this.#machine.fires(slots, 1, progress >= lastMs)) {
      const resultTime = this.#assigner.isEndless ? timestamp : lastMs
      this.#state.set(this.#fire(this.#step.keyOf(value), name, slots, resultTime))
    } else {
      this.#state.set(slots as unknown as Stored)
    }
  }

  #onTimer(domain: WindowTime, time: number, key: Key, name: number): void {
    const stored = this.#state.get() as Stored | undefined
    if (stored === undefined) return
    const slots: TriggerSlot[] = [...stored]
    const lastMs = this.#assigner.lastMs(name)
    const seen = this.#seen(domain, time)
    const isDue = this.#machine.noteTime(slots, 1, domain, time) || seen === lastMs
    const isOver = seen !== undefined && seen >= this.#clearsAt(name)
    const ended = (seen ?? this.#setting.progress()) >= lastMs
    let next = slots as unknown as Stored
    if (isDue && this.#machine.fires(slots, 1, ended)) {
      next = this.#fire(key, name, slots, this.#assigner.isEndless ? time : lastMs)
    }
    if (isOver) {
      this.#step.contents.clear()
      this.#state.clear()
      return
    }
    this.#state.set(next)
    // A timer at the end of a shorter lateness, from before the job was changed, is set anew.
    if (seen !== undefined && seen > lastMs) this.#setting.setTimer(this.#clearsAt(name))
  }

  /** What has been seen by the clock of the windows when a timer fires; undefined for the other. */
  #seen(domain: WindowTime, time: number): number | undefined {
    if (domain !== this.#facts.time) return undefined
    return domain === 'event' ? time : time - 1
  }

  /** Emits the window in hand if it holds anything; returns what is kept of its trigger. */
  #fire(key: Key, name: number, slots: readonly TriggerSlot[], timestamp: number): Stored {
    const { contents } = this.#step
    let firings = slots[0] as number
    if (contents.firings() >= 0) {
      const window = this.#assigner.window(name, firings)
      this.#setting.emit(key, window, contents.result({ key, window }), timestamp)
      if (this.#facts.firings === 'discarding') contents.clear()
      firings++
    }
    return [firings, ...this.#machine.fresh()]
  }
}
