// Builds what a task consists of, from the plan: exits, operators with their state, sinks, the
// source and the compiled chain. Restores state before the first record.

import type { SourceSplit, SubtaskContext, WriterContext } from '@sluice/core/connector'
import {
  assert,
  type Key,
  keyGroupRange,
  type StateSchemas,
  type Step,
} from '@sluice/core/internal'
import { assertEncodable } from '../network/codec/encodable.ts'
import { isCodeGenerationAllowed } from '../network/codec/code-generation.ts'
import { OutputChannel, type OutputPressure } from '../network/output-channel.ts'
import { type ChainPlan, channelsOf, type ExchangePlan } from '../plan/physical-plan.ts'
import type { CreateBackend, KeyedStateBackend } from '../state/state-backend.ts'
import type { ChainFunctions } from './chain/chain-functions.ts'
import { buildNodes, type ChainNode } from './chain/chain-nodes.ts'
import { compileChain } from './chain/compile-chain.ts'
import { compileClosures } from './chain/compile-closures.ts'
import { createExit, type Exit } from './chain/exit.ts'
import { badTime } from './chain/bad-time.ts'
import { userFault } from './chain/fault.ts'
import { deepFreeze } from './chain/freeze.ts'
import { type HostServices, OperatorSlot, TaskOperatorHost } from './operator-slot.ts'
import { withPrefetch } from './prefetching.ts'
import { SinkOutput } from './sink-output.ts'
import { SourceInput } from './input/source-input.ts'
import { Staging } from './staging.ts'
import type { TaskEnvironment } from './task-environment.ts'

export interface TaskParts {
  readonly nodes: readonly ChainNode[]
  readonly operators: readonly OperatorSlot[]
  readonly sinks: readonly SinkOutput[]
  readonly outputs: readonly OutputChannel[]
  readonly source: SourceInput | undefined
  readonly functions: ChainFunctions
}

/** What the task itself provides to its parts. */
export interface TaskCalls {
  readonly pressure: OutputPressure
  enqueue(call: () => void): void
  /** Called with each error of a user's function, also when the user's code caught it. */
  poison(error: Error): void
}

let compiled = 0

export async function buildTaskParts(
  chain: ChainPlan,
  subtask: number,
  environment: TaskEnvironment,
  calls: TaskCalls,
): Promise<TaskParts> {
  const builder = new PartsBuilder(chain, subtask, environment, calls)
  return builder.build()
}

class PartsBuilder {
  readonly #chain: ChainPlan
  readonly #subtask: number
  readonly #environment: TaskEnvironment
  readonly #calls: TaskCalls
  readonly #watermark: number
  readonly #outputs: OutputChannel[] = []
  readonly #operators: OperatorSlot[] = []
  readonly #sinks = new Map<string, SinkOutput>()
  readonly #backends = new Map<string, CreateBackend>()

  constructor(chain: ChainPlan, subtask: number, environment: TaskEnvironment, calls: TaskCalls) {
    this.#chain = chain
    this.#subtask = subtask
    this.#environment = environment
    this.#calls = calls
    this.#watermark = environment.restore?.watermark ?? Number.NEGATIVE_INFINITY
  }

  async build(): Promise<TaskParts> {
    const { job, restore } = this.#environment
    for (const step of this.#chain.steps) {
      if (step.sink !== undefined) this.#sinks.set(step.id, await this.#openSink(step))
      if (step.operator?.keyed !== true) continue
      const create = await this.#environment.openBackend(step.id, this.#subtask)
      this.#backends.set(step.id, create)
    }
    const nodes = buildNodes(this.#chain, job, {
      operator: (step, index) => this.#operator(step, index),
      sink: (step) => this.#sinks.get(step.id) as SinkOutput,
      exits: (step, output) => this.#exits(step, output),
    })
    // Nodes are built backwards; operators are opened and walked in order of the chain.
    this.#operators.reverse()
    const functions = this.#compile(nodes)
    for (const slot of this.#operators) {
      const emit = functions.emits[slot.index]
      if (emit !== undefined) slot.host.emit = emit
      await this.#restoreOperator(slot, restore?.operators[slot.step.id] ?? [])
    }
    return {
      nodes,
      operators: this.#operators,
      sinks: [...this.#sinks.values()],
      outputs: this.#outputs,
      source: this.#openSource(),
      functions: withPrefetch(functions, this.#operators[0]),
    }
  }

  #compile(nodes: readonly ChainNode[]): ChainFunctions {
    const { freezes, plan } = this.#environment
    compiled++
    const where = (index: number) => ({ step: nodes[index]?.step.id ?? '', subtask: this.#subtask })
    const environment = {
      nodes,
      pressure: this.#calls.pressure,
      sourceName: `sluice/${plan.job}/${this.#chain.id}/${this.#subtask}/${compiled}`,
      fault: (error: unknown, index: number, record: unknown) => {
        const fault = userFault(error, record, where(index))
        this.#calls.poison(fault)
        return fault
      },
      badTime,
      freeze: freezes ? deepFreeze : undefined,
      checkExit: freezes ? assertEncodable : undefined,
    }
    return isCodeGenerationAllowed() ? compileChain(environment) : compileClosures(environment)
  }

  #exits(step: Step, output: number): Exit[] {
    return this.#environment.plan.exchanges
      .filter((exchange) => exchange.fromStep === step.id && exchange.fromOutput === output)
      .filter((exchange) => exchange.fromChain === this.#chain.id)
      .map((exchange) => this.#exit(exchange))
  }

  #exit(exchange: ExchangePlan): Exit {
    const { plan, job } = this.#environment
    const channels = channelsOf(plan, exchange)
      .filter((channel) => channel.from === this.#subtask)
      .map((channel) => {
        const sender = this.#environment.sender(exchange.id, channel.to)
        return new OutputChannel(sender, this.#calls.pressure, exchange.fromStep)
      })
    this.#outputs.push(...channels)
    return createExit({
      kind: exchange.kind,
      exchange: exchange.id,
      subtask: this.#subtask,
      channels,
      key: exchange.keyStep === undefined ? undefined : keyOf(job, exchange.keyStep),
      maxParallelism: plan.maxParallelism,
    })
  }

  #operator(step: Step, index: number): OperatorSlot {
    const { job } = this.#environment
    const code = job.code.get(step.id)
    if (code?.kind !== 'operator') throw new RangeError(`Step ${step.id} has no operator.`)
    const watermark = this.#watermarkOf(step)
    // Host and backend know each other: the backend asks for the watermark when it is used.
    const made: { host?: TaskOperatorHost } = {}
    const backend =
      step.operator?.keyed === true
        ? this.#backend(step, code.schemas ?? {}, () => made.host?.watermark ?? watermark)
        : undefined
    const host = new TaskOperatorHost(step.id, this.#services(step), backend, watermark)
    made.host = host
    const operator = code.create()
    const { key, secondKey } = code
    assert(
      step.inputs.length === 1 || operator.onSecondRecord !== undefined,
      `the operator of '${step.id}' takes records of its second input`,
    )
    const slot = new OperatorSlot({ step, index, operator, host, backend, key, secondKey })
    this.#operators.push(slot)
    return slot
  }

  /** A step that the checkpoint does not know may stand below one that holds watermarks back. */
  #watermarkOf(step: Step): number {
    const { watermarks = {} } = this.#environment.restore ?? {}
    return watermarks[step.id] ?? Math.min(this.#watermark, ...Object.values(watermarks))
  }

  #backend(step: Step, schemas: StateSchemas, watermark: () => number): KeyedStateBackend {
    const { plan, platform, freezes } = this.#environment
    const range = keyGroupRange(this.#subtask, this.#chain.parallelism, plan.maxParallelism)
    const create = this.#backends.get(step.id)
    assert(create !== undefined, `the state of '${step.id}' was opened`)
    return create({
      step: step.id,
      subtask: this.#subtask,
      maxParallelism: plan.maxParallelism,
      range,
      freezes,
      now: () => platform.clock.now(),
      watermark,
      schemas,
      warn: (message, fields) => platform.log.warn(message, { step: step.id, ...fields }),
    })
  }

  #services(step: Step): HostServices {
    const { platform, freezes, namedMetrics } = this.#environment
    return {
      subtask: this.#subtask,
      parallelism: this.#chain.parallelism,
      freezes,
      now: () => platform.clock.now(),
      log: platform.log,
      metrics: namedMetrics.scope(step.id, this.#subtask),
      isOutputFull: () => this.#calls.pressure.full,
      enqueue: (call) => this.#calls.enqueue(call),
      after: (delayMs, call) => platform.timers.after(delayMs, () => this.#calls.enqueue(call)),
    }
  }

  /** State is loaded first, so that `open` and the first record find it. */
  async #restoreOperator(slot: OperatorSlot, elements: readonly unknown[]): Promise<void> {
    const refs = this.#environment.restore?.keyed[slot.step.id] ?? []
    const dropped = this.#environment.restore?.dropped[slot.step.id]
    if (slot.backend !== undefined && refs.length > 0 && !slot.backend.adopt?.(refs, dropped)) {
      const segments = []
      for (const ref of refs) {
        segments.push({ ref, bytes: await this.#environment.readSegment(ref.name) })
      }
      slot.backend.restore(segments, dropped)
    }
    slot.operator.open(slot.host)
    if (elements.length > 0) slot.operator.restore?.(elements)
  }

  async #openSink(step: Step): Promise<SinkOutput> {
    const { job, logId, generation, segments, naming, post } = this.#environment
    const code = job.code.get(step.id)
    if (code?.kind !== 'sink') throw new RangeError(`Step ${step.id} has no sink.`)
    const scope = { logId, sink: step.id, generation }
    const staging = new Staging({ sink: step.id, subtask: this.#subtask, segments, naming })
    const context: WriterContext = {
      ...this.#context(step),
      ...scope,
      stage: (chunks) => staging.stage(chunks),
      requestCheckpoint: () => post({ type: 'request-checkpoint' }),
    }
    const writer = await code.sink.createWriter(context)
    return new SinkOutput({ scope, writer, staging, pressure: this.#calls.pressure })
  }

  #openSource(): SourceInput | undefined {
    const step = this.#chain.steps[0] as Step
    const code = this.#environment.job.code.get(step.id)
    if (code?.kind !== 'source' || step.source === undefined) return undefined
    const context = this.#context(step)
    const reader = code.source.createReader(context)
    const { post, restore } = this.#environment
    return new SourceInput({
      step: step.id,
      facts: step.source,
      reader: reader as SourceInput['reader'],
      restored: restore?.sources[step.id] ?? [],
      watermark: this.#watermark,
      requestSplit: () => post({ type: 'request-split', step: step.id, subtask: this.#subtask }),
      reportWatermark: (watermark) =>
        post({ type: 'aligns', step: step.id, subtask: this.#subtask, watermark }),
      metrics: context.metrics,
    })
  }

  #context(step: Step): SubtaskContext {
    const { platform, plan, namedMetrics, post } = this.#environment
    return {
      job: plan.job,
      step: step.id,
      subtask: this.#subtask,
      parallelism: this.#chain.parallelism,
      clock: platform.clock,
      timers: platform.timers,
      random: platform.random,
      files: platform.files,
      network: platform.network,
      log: platform.log,
      metrics: namedMetrics.scope(step.id, this.#subtask),
      output: (line) => post({ type: 'output', line }),
      offload: (moduleUrl, exportName, argument) =>
        platform.offload(moduleUrl, exportName, argument),
    }
  }
}

function keyOf(job: TaskEnvironment['job'], step: string): (value: unknown) => Key {
  const code = job.code.get(step)
  if (code?.kind !== 'key-by') throw new RangeError(`Step ${step} has no key.`)
  return code.key
}

export type { SourceSplit }
