// A worker that speaks the protocol by a script: it says `ready`, acknowledges every trigger for
// all of its subtasks, and names what it prepared in the outside world as a real task would.

import type { NamedCommittable } from '@sluice/core/connector'
import { CommittableLedger } from '../../../src/checkpoint/protocol/committable-ledger.ts'
import { checkpointId } from '../../../src/checkpoint/protocol/identifiers.ts'
import type { ChainPlan, PhysicalPlan } from '../../../src/plan/physical-plan.ts'
import type { WorkerExit, WorkerOptions, WorkerThread } from '../../../src/platform/platform.ts'
import type {
  FromWorker,
  TaskSnapshot,
  ToWorker,
  WorkerStart,
} from '../../../src/worker/messages.ts'
import type { OutsideWorld } from './outside-world.ts'

type Trigger = Extract<ToWorker, { type: 'trigger' }>

export class ScriptedWorker implements WorkerThread {
  readonly start: WorkerStart
  readonly received: ToWorker[] = []
  terminated = false
  /** What it does on a message; replaced by tests that want something else. */
  react: (message: ToWorker) => void = (message) => this.obey(message)
  /** Changes what a subtask acknowledges. */
  snapshotOf: (chain: number, subtask: number, checkpoint: number) => Partial<TaskSnapshot> =
    () => ({})
  finished = false
  /** Sinks of this guarantee prepare something at each barrier. */
  preparing = 'exactly-once'
  readonly #plan: PhysicalPlan
  readonly #world: OutsideWorld
  readonly #ledgers = new Map<string, CommittableLedger>()
  #knownComplete = 0
  readonly #early: FromWorker[] = []
  #listener: ((message: unknown) => void) | undefined
  #exit: ((exit: WorkerExit) => void) | undefined

  constructor(options: WorkerOptions, plan: PhysicalPlan, world: OutsideWorld) {
    this.start = options.data as WorkerStart
    this.#plan = plan
    this.#world = world
    this.says({ type: 'ready', planHash: this.start.planHash })
  }

  readonly port = {
    post: (message: unknown): void => {
      if (this.terminated) return
      this.received.push(message as ToWorker)
      setImmediate(() => {
        if (!this.terminated) this.react(message as ToWorker)
      })
    },
    onMessage: (listener: (message: unknown) => void): void => {
      this.#listener = listener
      setImmediate(() => {
        for (const message of this.#early.splice(0)) listener(message)
      })
    },
    close: (): void => {},
  }

  onExit(listener: (exit: WorkerExit) => void): void {
    this.#exit = listener
  }

  async terminate(): Promise<void> {
    this.terminated = true
  }

  dies(exit: WorkerExit = { kind: 'died', error: new Error('segmentation fault') }): void {
    this.terminated = true
    this.#exit?.(exit)
  }

  /** Reaches the coordinator even after the end, as a message on its way would. */
  says(message: FromWorker): void {
    if (this.#listener === undefined) this.#early.push(message)
    else this.#listener(message)
  }

  obey(message: ToWorker): void {
    if (message.type === 'trigger') this.acknowledgeAll(message)
    if (message.type === 'completed') {
      this.#knownComplete = message.checkpoint
      for (const ledger of this.#ledgers.values())
        ledger.completed(checkpointId(message.checkpoint))
    }
    if (message.type === 'close') this.says({ type: 'closed' })
  }

  acknowledgeAll(trigger: Trigger): void {
    for (const { chain, subtask } of this.subtasks()) this.acknowledge(trigger, chain, subtask)
  }

  acknowledge({ checkpoint }: Trigger, chain: ChainPlan, subtask: number): void {
    const snapshot: TaskSnapshot = {
      keyed: {},
      operators: {},
      sources: {},
      watermark: checkpoint * 10,
      operatorWatermarks: {},
      finished: this.finished,
      committables: this.#prepare(chain, subtask, checkpoint),
      knownComplete: this.#knownComplete,
      alignmentMs: 1,
      syncMs: 2,
      asyncMs: 3,
      ...this.snapshotOf(chain.id, subtask, checkpoint),
    }
    this.says({ type: 'acknowledge', checkpoint, chain: chain.id, subtask, snapshot })
  }

  finish(): void {
    this.finished = true
    for (const { chain, subtask } of this.subtasks()) {
      this.says({ type: 'finished', chain: chain.id, subtask })
    }
  }

  subtasks(): { readonly chain: ChainPlan; readonly subtask: number }[] {
    const { index, workers } = this.start
    return this.#plan.chains.flatMap((chain) =>
      Array.from({ length: chain.parallelism }, (_, subtask) => ({ chain, subtask })).filter(
        ({ subtask }) => subtask % workers === index,
      ),
    )
  }

  messagesOf<Type extends ToWorker['type']>(type: Type): Extract<ToWorker, { type: Type }>[] {
    return this.received.filter(
      (message): message is Extract<ToWorker, { type: Type }> => message.type === type,
    )
  }

  /** One committable per sink and checkpoint, named again until a checkpoint is complete. */
  #prepare(chain: ChainPlan, subtask: number, checkpoint: number): readonly NamedCommittable[] {
    const { logId, generation } = this.start
    const sinks = chain.steps.filter((step) => step.sink?.guarantee === this.preparing)
    if (sinks.length === 0) return []
    const place = `${chain.id}.${subtask}`
    const ledger = this.#ledgers.get(place) ?? new CommittableLedger()
    this.#ledgers.set(place, ledger)
    const id = checkpointId(checkpoint)
    ledger.prepared(
      id,
      sinks.map((sink) =>
        this.#world.prepare({
          logId,
          sink: sink.id,
          generation,
          checkpoint,
          part: String(subtask),
        }),
      ),
    )
    return ledger.owed(id)
  }
}
