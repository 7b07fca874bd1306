// One operator in a task, with its host: the engine's side of core's operator seam. Holds what the
// task must know between calls: watermarks on their way through, and the keyed backend.

import type { Logger, Metrics } from '@sluice/core/connector'
import type {
  HostTimers,
  Key,
  Operator,
  OperatorHost,
  StateDescriptor,
  StateHandles,
  Step,
} from '@sluice/core/internal'
import { valueStore } from '../state/handle/stored-value.ts'
import type { KeyedStateBackend } from '../state/state-backend.ts'
import type { NodeEmit } from './chain/chain-functions.ts'
import { userFault } from './chain/fault.ts'
import type { TimerSlice } from './watermark/timer-slice.ts'

/** What an operator's host needs from its task and worker. */
export interface HostServices {
  readonly subtask: number
  readonly parallelism: number
  readonly freezes: boolean
  readonly now: () => number
  readonly log: Logger
  readonly metrics: Metrics
  isOutputFull(): boolean
  /** Runs a call in the task's mailbox. */
  enqueue(call: () => void): void
  after(delayMs: number, call: () => void): () => void
}

const noTimers: HostTimers = {
  setEventTime: refuseTimer,
  setProcessingTime: refuseTimer,
  deleteEventTime: refuseTimer,
  deleteProcessingTime: refuseTimer,
}

function refuseTimer(): never {
  throw new RangeError('An operator without keys has no timers.')
}

export class TaskOperatorHost implements OperatorHost {
  readonly step: string
  readonly subtask: number
  readonly parallelism: number
  readonly log: Logger
  readonly metrics: Metrics
  readonly freezes: boolean
  readonly timers: HostTimers
  /** Replaced by the compiled chain before the first record. */
  emit: NodeEmit = () => {}
  watermark: number
  readonly #services: HostServices
  readonly #backend: KeyedStateBackend | undefined

  constructor(
    step: string,
    services: HostServices,
    backend: KeyedStateBackend | undefined,
    watermark: number,
  ) {
    this.step = step
    this.subtask = services.subtask
    this.parallelism = services.parallelism
    this.log = services.log
    this.metrics = services.metrics
    this.freezes = services.freezes
    this.watermark = watermark
    this.#services = services
    this.#backend = backend
    this.timers = backend === undefined ? noTimers : backendTimers(backend)
  }

  hold<T>(value: T, what: string): T {
    return valueStore(this.step, what, this.freezes)(value)
  }

  state<D extends StateDescriptor>(descriptor: D): StateHandles[D['kind']] {
    return this.#keyed().state(descriptor)
  }

  setKey(key: Key): void {
    this.#backend?.setKey(key, -1)
  }

  setNamespace(namespace: number): void {
    this.#backend?.setNamespace(namespace)
  }

  prefetch(keys: readonly Key[]): void {
    this.#backend?.prefetch(keys)
  }

  currentWatermark(): number {
    return this.watermark
  }

  processingTime(): number {
    return this.#services.now()
  }

  isOutputFull(): boolean {
    return this.#services.isOutputFull()
  }

  enqueue(call: () => void): void {
    this.#services.enqueue(call)
  }

  after(delayMs: number, call: () => void): () => void {
    return this.#services.after(delayMs, call)
  }

  #keyed(): KeyedStateBackend {
    if (this.#backend === undefined) {
      throw new RangeError(`Step '${this.step}' is not keyed and has no keyed state.`)
    }
    return this.#backend
  }
}

function backendTimers(backend: KeyedStateBackend): HostTimers {
  return {
    setEventTime: (time) => backend.setTimer('event', time),
    setProcessingTime: (time) => backend.setTimer('processing', time),
    deleteEventTime: (time) => backend.deleteTimer('event', time),
    deleteProcessingTime: (time) => backend.deleteTimer('processing', time),
  }
}

export class OperatorSlot {
  readonly step: Step
  readonly index: number
  readonly operator: Operator
  readonly host: TaskOperatorHost
  readonly backend: KeyedStateBackend | undefined
  readonly key: ((value: unknown) => Key) | undefined
  /** The key of a record of the second input; undefined where there is none or it is broadcast. */
  readonly secondKey: ((value: unknown) => Key) | undefined
  /** Timers of the pending watermark are left. */
  inSlices = false
  /** The newest watermark that has come; its timers fire before it goes on. */
  pendingWatermark: number

  constructor(options: {
    readonly step: Step
    readonly index: number
    readonly operator: Operator
    readonly host: TaskOperatorHost
    readonly backend: KeyedStateBackend | undefined
    readonly key: ((value: unknown) => Key) | undefined
    readonly secondKey: ((value: unknown) => Key) | undefined
  }) {
    this.step = options.step
    this.index = options.index
    this.operator = options.operator
    this.host = options.host
    this.backend = options.backend
    this.key = options.key
    this.secondKey = options.secondKey
    this.pendingWatermark = options.host.watermark
    // What it held back at the barrier is not in its snapshot: the watermark comes to it again.
    if (this.operator.onWatermark !== undefined) this.host.watermark = Number.NEGATIVE_INFINITY
  }

  readonly #onEventTimer = (time: number, key: Key, namespace: number): void => {
    try {
      this.operator.onEventTimer?.(time, key, namespace)
    } catch (error) {
      throw this.#timerFault(error, time, key)
    }
  }

  readonly #onProcessingTimer = (time: number, key: Key, namespace: number): void => {
    try {
      this.operator.onProcessingTimer?.(time, key, namespace)
    } catch (error) {
      throw this.#timerFault(error, time, key)
    }
  }

  #timerFault(error: unknown, time: number, key: Key): Error {
    return userFault(error, { key, time }, { step: this.step.id, subtask: this.host.subtask })
  }

  /** Fires timers of the pending watermark while there is room; true when none is left. */
  fireEventTimers(slice: TimerSlice): boolean {
    const { backend, host, pendingWatermark } = this
    if (backend === undefined) return true
    slice.begin()
    while (!host.isOutputFull() && slice.takesOne()) {
      if (backend.fireTimers('event', pendingWatermark, 1, this.#onEventTimer) === 0) return true
    }
    return false
  }

  /** Fires processing-time timers that are due; true when some fired. */
  fireProcessingTimers(now: number, slice: TimerSlice): boolean {
    const { backend } = this
    if (backend === undefined || backend.nextTimer('processing') > now) return false
    slice.begin()
    while (!this.host.isOutputFull() && slice.takesOne()) {
      if (backend.fireTimers('processing', now, 1, this.#onProcessingTimer) === 0) break
    }
    return true
  }
}
