// A task: one subtask of a chain, as a mailbox. `run` does one piece of work (a batch, a sign, a
// slice of timers) to completion and returns; it never awaits while it holds a batch. What
// snapshots write in the background comes between pieces, when the worker's loop says so.
//
//   created ──open──▶ running ──input ended──▶ ending ──all flushed──▶ finished
//      └────────────────┴──────────────close──────┴───────────────────────┴──▶ closed
//
// A finished task goes on acknowledging barriers: the last checkpoint commits its tail.

import type { SourceSplit } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'
import type { OutputPressure } from '../network/output-channel.ts'
import { type ChainPlan, channelsOf } from '../plan/physical-plan.ts'
import type { StepMetrics } from '../metrics/step-metrics.ts'
import { closeAll } from './close-all.ts'
import { BatchInProgress } from './input/batch-in-progress.ts'
import { InputGate } from './input/input-gate.ts'
import { SourceCommands } from './input/source-commands.ts'
import type { TaskEnvironment } from './task-environment.ts'
import { taskFigures } from './task-figures.ts'
import { buildTaskParts, type TaskParts } from './task-parts.ts'
import { TaskEnding } from './task-ending.ts'
import { TaskSnapshots } from './task-snapshots.ts'
import { WatermarkFlow } from './watermark/watermark-flow.ts'

const TRANSITIONS = {
  created: ['running', 'closed'],
  running: ['ending', 'closed'],
  ending: ['finished', 'closed'],
  finished: ['closed'],
  closed: [],
} as const satisfies Record<string, readonly string[]>

type TaskState = keyof typeof TRANSITIONS

/**
 * `worked`: call again soon. `blocked`: waits for room, a sink or calls. `idle`: nothing has come.
 */
export type RunOutcome = 'worked' | 'blocked' | 'idle'

export class Task {
  readonly chain: ChainPlan
  readonly subtask: number
  readonly #environment: TaskEnvironment
  readonly #pressure: OutputPressure = { full: false }
  readonly #mails: (() => void)[] = []
  readonly #gate: InputGate | undefined
  #parts: TaskParts | undefined
  #snapshots: TaskSnapshots | undefined
  #flow: WatermarkFlow | undefined
  #batch: BatchInProgress | undefined
  #state: TaskState = 'created'
  /** An asynchronous piece (pre-commit, end of input) is under way: no input is taken. */
  #paused = false
  #stopped = false
  /** The input is idle; so is the task, unless an operator holds records. */
  #idle = false
  #sourceEnded = false
  #sinkWaits = false
  #poison: Error | undefined
  readonly #commands = new SourceCommands()

  constructor(chain: ChainPlan, subtask: number, environment: TaskEnvironment) {
    this.chain = chain
    this.subtask = subtask
    this.#environment = environment
    this.#gate = chain.inputs.length === 0 ? undefined : this.#openGate()
  }

  get state(): TaskState {
    return this.#state
  }

  /** Restores state and opens connectors; nothing runs yet. */
  async open(): Promise<void> {
    const parts = await buildTaskParts(this.chain, this.subtask, this.#environment, {
      pressure: this.#pressure,
      enqueue: (call) => this.enqueue(call),
      poison: (error) => {
        this.#poison ??= error
      },
    })
    this.#parts = parts
    const { restore } = this.#environment
    const { clock } = this.#environment.platform
    this.#flow = new WatermarkFlow(parts, restore?.watermark ?? Number.NEGATIVE_INFINITY, clock)
    this.#batch = new BatchInProgress(parts.functions, clock)
    this.#snapshots = new TaskSnapshots(this.chain, this.subtask, this.#environment, parts)
  }

  start(): void {
    this.#enter('running')
    const { source } = this.#open()
    this.#flow?.resume()
    if (source === undefined) return
    if (!source.hasEventTime) this.#setIdle(true)
    source.start()
  }

  /** Runs a call between batches. */
  enqueue(call: () => void): void {
    if (this.#state === 'closed') return
    this.#mails.push(call)
    this.#environment.wake()
  }

  addSplits(splits: readonly SourceSplit[]): void {
    this.#commands.tell(() => {
      this.#open().source?.addSplits(splits)
      this.#tellActive()
    })
  }

  noMoreSplits(): void {
    this.#commands.tell(() => this.#open().source?.noMoreSplits())
  }

  setPending(pending: boolean): void {
    this.#commands.tell(() => {
      this.#open().source?.watermarks.setPending(pending)
      this.#tellActive()
    })
  }

  /** Sources only: how far the slowest of those is with which this one is aligned. */
  align(lowest: number): void {
    this.#parts?.source?.align(lowest)
  }

  /** Sources only: a barrier starts here at the next record boundary. */
  trigger(checkpoint: number, stop: boolean): void {
    this.#commands.trigger({ checkpoint, stop })
  }

  /** Sources only: the input ends at the next record boundary, behind barriers that wait. */
  drain(): void {
    if (this.chain.inputs.length > 0) return
    this.#commands.tell(() => {
      this.#sourceEnded = true
    })
  }

  resume(): void {
    this.#stopped = false
  }

  checkpointCompleted(checkpoint: number): void {
    this.#snapshots?.completed(checkpoint)
    this.#parts?.source?.reader.checkpointCompleted?.(checkpoint)
  }

  checkpointAbandoned(checkpoint: number): void {
    this.#gate?.abandon(checkpoint)
    this.#snapshots?.abandoned(checkpoint)
    this.#commands.abandon(checkpoint)
  }

  /** One piece of work. Throws what ends the attempt. */
  run(): RunOutcome {
    if (this.#state === 'created' || this.#state === 'closed') return 'idle'
    this.#throwPoison()
    const outcome = this.#piece()
    if (outcome === 'blocked') this.#parts?.source?.heldUp()
    this.#throwPoison()
    return outcome
  }

  /** One slice of what snapshots write in the background; true while there is more of it. */
  advanceSnapshots(): boolean {
    if (this.#state === 'created' || this.#state === 'closed') return false
    this.#throwPoison()
    return this.#snapshots?.advance() === true
  }

  /** When the next processing-time timer is due; plus infinity for none. */
  nextTimerMs(): number {
    let next = Number.POSITIVE_INFINITY
    // While the task waits for something else, what wakes it then finds the timers that are due.
    const waits = this.#paused || this.#pressure.full || this.#sinkWaits
    if (this.#state !== 'running' || waits) return next
    for (const slot of this.#parts?.operators ?? []) {
      next = Math.min(next, slot.backend?.nextTimer('processing') ?? next)
    }
    return next
  }

  /** Closes open batches, so that what was emitted gets on its way; true when there was some. */
  flushOutputs(): boolean {
    let flushed = false
    for (const output of this.#parts?.outputs ?? []) if (output.closeBatch()) flushed = true
    return flushed
  }

  /** What to wait for when the task is idle, besides the doorbell. */
  awaitInput(): Promise<void> | undefined {
    const source = this.#parts?.source
    if (this.#state !== 'running' || source === undefined) return undefined
    if (this.#stopped || this.#paused || this.#sourceEnded || source.held) return undefined
    return source.ready()
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#snapshots?.close()
    const parts = this.#parts
    if (parts === undefined) return
    await closeAll([
      ...parts.operators.flatMap(({ operator, backend }) => [
        () => operator.close?.(),
        () => backend?.close(),
      ]),
      () => parts.source?.reader.close(),
      ...parts.sinks.map((sink) => () => sink.close()),
    ])
  }

  metrics(): StepMetrics[] {
    const { chain, subtask } = this
    return taskFigures({
      chain,
      subtask,
      parts: this.#parts,
      recordsIn: this.#batch?.recordsIn ?? 0,
      watermark: this.#flow?.watermark ?? Number.NEGATIVE_INFINITY,
      namedMetrics: this.#environment.namedMetrics,
    })
  }

  #piece(): RunOutcome {
    if (this.#pressure.full && !this.#relieve()) return 'blocked'
    if (this.#paused) return 'idle'
    if (this.#runMails()) return 'worked'
    if (!this.#drainSinks()) return 'blocked'
    if (this.#flow?.advance() === true) {
      this.#betweenSlices()
      return 'worked'
    }
    // However many are due, input and barriers get their turn after each slice of them.
    const fired = this.#fireProcessingTimers()
    if (fired && (this.#pressure.full || !this.#drainSinks())) return 'worked'
    const outcome = this.#takeInput()
    return fired ? 'worked' : outcome
  }

  #takeInput(): RunOutcome {
    if (this.#continueBatch()) return 'worked'
    if (this.#startTriggered()) return 'worked'
    if (this.#parts?.operators.some((slot) => slot.operator.blocked?.() === true)) return 'blocked'
    return this.#gate === undefined ? this.#pollSource() : this.#readGate(this.#gate)
  }

  /**
   * A barrier waits for the slice of timers in progress, and not for all timers of a watermark:
   * those that are left are in its snapshot. What is read here of records waits for the timers.
   */
  #betweenSlices(): void {
    const gate = this.#gate
    if (this.#pressure.full || this.#batch?.active === true || !this.#drainSinks()) return
    if (gate === undefined) this.#startTriggered()
    else if (this.#flow?.busy === true) this.#readGate(gate)
    else if (this.#state === 'running') this.#setIdle(gate.idle)
  }

  #relieve(): boolean {
    let relieved = true
    for (const output of this.#open().outputs) if (!output.flush()) relieved = false
    if (!this.#drainSinks()) relieved = false
    if (relieved) this.#pressure.full = false
    return relieved
  }

  #drainSinks(): boolean {
    for (const sink of this.#open().sinks) {
      if (sink.drain()) continue
      if (!this.#sinkWaits) {
        this.#sinkWaits = true
        sink.ready().then(() => {
          this.#sinkWaits = false
          this.#environment.wake()
        }, this.#environment.fail)
      }
      return false
    }
    return true
  }

  /** One slice of them; they end with the input. */
  #fireProcessingTimers(): boolean {
    if (this.#state !== 'running') return false
    return this.#flow?.fireProcessingTimers(this.#environment.platform.clock.now()) === true
  }

  #runMails(): boolean {
    if (this.#mails.length === 0) return false
    for (const mail of this.#mails.splice(0)) mail()
    if (this.#idle && this.#state === 'running') this.#tellIdle()
    return true
  }

  #continueBatch(): boolean {
    const batch = this.#batch
    if (batch === undefined || !batch.active) return false
    batch.advance()
    if (!batch.active) this.#batchDone()
    return true
  }

  #batchDone(): void {
    const { source, functions } = this.#open()
    if (source === undefined) return
    for (const letter of source.batch.rejected) {
      functions.emits[0]?.(letter, Number.NEGATIVE_INFINITY, 1)
    }
    source.batchDone(functions.highestTime())
    functions.resetHighestTime()
    this.#sourceWatermark(false)
  }

  #pollSource(): RunOutcome {
    const { source } = this.#open()
    if (source === undefined || this.#state !== 'running' || this.#stopped) return 'idle'
    if (this.#sourceEnded) return this.#end(source.watermark)
    if (source.held) {
      source.interrupted()
      this.#sourceWatermark(true)
      return 'idle'
    }
    const status = source.poll(this.#environment.platform.clock.monotonic())
    if (status === 'end') this.#sourceEnded = true
    const { batch } = source
    if (batch.length > 0) {
      if (source.hasEventTime) this.#setIdle(false)
      this.#batch?.begin(batch.values, batch.timestamps, batch.length)
      this.#continueBatch()
      return 'worked'
    }
    if (batch.splitFinished || batch.rejected.length > 0) this.#batchDone()
    if (status === 'wait') this.#sourceWatermark(true)
    return status === 'wait' ? 'idle' : 'worked'
  }

  /** Emits the watermark of the source when it has risen; always when the source runs dry. */
  #sourceWatermark(dry: boolean): void {
    const { source } = this.#open()
    if (source === undefined || !source.hasEventTime) return
    this.#flow?.arrive(source.watermarks.current(), dry)
    const { idle } = source.watermarks
    // A split just given counts at once. What timers send must not come after a sign of idleness.
    if (!idle || (dry && this.#flow?.busy !== true)) this.#setIdle(idle)
  }

  #readGate(gate: InputGate): RunOutcome {
    const event = gate.next()
    switch (event) {
      case 'batch':
        this.#beginBatch(gate)
        return 'worked'
      case 'watermark':
        this.#flow?.arrive(gate.watermark, true)
        break
      case 'aligned':
        this.#snapshot(gate.checkpoint, gate.alignmentMs)
        break
      case 'ended':
        this.#end(gate.watermark)
        break
      case 'signs':
        break
      case 'nothing':
        // A sink may have been full when the last timers had fired.
        if (this.#idle === gate.idle) return 'idle'
    }
    // What timers of a watermark send must not come after a sign of idleness.
    const isSettled = !gate.idle || this.#flow?.busy !== true
    if (this.#state === 'running' && isSettled) this.#setIdle(gate.idle)
    return event === 'nothing' ? 'idle' : 'worked'
  }

  #beginBatch({ batch, input }: InputGate): void {
    this.#batch?.begin(batch.values, batch.timestamps, batch.length, input)
    if (this.#flow?.busy !== true) this.#continueBatch()
  }

  /** At once: what the other subtasks of the source hear next may let their watermarks go. */
  #tellActive(): void {
    const { source } = this.#open()
    if (source?.hasEventTime === true && !source.watermarks.idle) this.#setIdle(false)
  }

  #setIdle(idle: boolean): void {
    this.#idle = idle
    this.#tellIdle()
  }

  /** Records on their way through this task come after it with event times of their own. */
  #tellIdle(): void {
    const { operators, outputs } = this.#open()
    const holds = operators.some((slot) => slot.operator.holdsEventTime?.() === true)
    for (const output of outputs) output.setIdle(this.#idle && !holds)
  }

  #startTriggered(): boolean {
    const trigger = this.#commands.next()
    if (trigger === undefined) return false
    if (trigger.stop) this.#stopped = true
    this.#snapshot(trigger.checkpoint, 0)
    this.#commands.settle()
    return true
  }

  /** All barriers are here and everything before them is processed. */
  #snapshot(checkpoint: number, alignmentMs: number): void {
    const snapshots = this.#snapshots
    assert(snapshots !== undefined, 'a barrier comes to an open task')
    const watermark = this.#flow?.watermark ?? Number.NEGATIVE_INFINITY
    const prepared = snapshots.start({
      checkpoint,
      alignmentMs,
      watermark,
      finished: this.#state === 'finished',
    })
    if (prepared === undefined) return
    this.#pauseFor(prepared)
  }

  /** Takes no input until the promise is settled. */
  #pauseFor(work: Promise<unknown>): void {
    this.#paused = true
    this.#parts?.source?.interrupted()
    work.then(() => {
      this.#paused = false
      this.#environment.wake()
    }, this.#environment.fail)
  }

  #end(watermark: number): RunOutcome {
    if (this.#state !== 'running') return 'idle'
    const flow = this.#flow
    assert(flow !== undefined, 'the input of an open task ends')
    this.#enter('ending')
    const { segments, platform, fail } = this.#environment
    const ending = new TaskEnding({
      parts: this.#open(),
      flow,
      isCheckpointed: segments !== undefined,
      isInBatch: () => this.#batch?.active === true,
      drainSinks: () => this.#drainSinks(),
      pauseFor: (work) => this.#pauseFor(work),
      enqueue: (mail) => this.enqueue(mail),
      later: (call) => platform.later(call),
      fail,
      finished: () => this.#finished(),
    })
    ending.begin(watermark)
    return 'worked'
  }

  #finished(): void {
    this.#enter('finished')
    this.#environment.post({ type: 'finished', chain: this.chain.id, subtask: this.subtask })
  }

  #openGate(): InputGate {
    const { plan, mode, restore, platform } = this.#environment
    const channels = plan.exchanges
      .filter((exchange) => exchange.toChain === this.chain.id)
      .flatMap((exchange) =>
        channelsOf(plan, exchange).map((channel) => ({ ...channel, input: exchange.toInput })),
      )
      .filter((channel) => channel.to === this.subtask)
    return new InputGate({
      receivers: channels.map(({ exchange, from }) => this.#environment.receiver(exchange, from)),
      inputs: channels.map(({ input }) => input),
      mode,
      watermark: restore?.watermark ?? Number.NEGATIVE_INFINITY,
      now: () => platform.clock.monotonic(),
    })
  }

  #open(): TaskParts {
    if (this.#parts === undefined) throw new RangeError(`Task ${this.chain.name} is not open.`)
    return this.#parts
  }

  #enter(next: TaskState): void {
    const allowed: readonly string[] = TRANSITIONS[this.#state]
    assert(allowed.includes(next), `a task goes from ${this.#state} to ${next}`)
    this.#state = next
  }

  #throwPoison(): void {
    if (this.#poison !== undefined) throw this.#poison
  }
}
