// From the logical graph to chains and exchanges. `key-by`, `rebalance`, `broadcast` and `union`
// are not steps that run: they say how records reach the next one. A step joins the chain of its
// input when nothing stands between them but a forward edge of equal parallelism. A step with two
// inputs has two edges at least, and so begins a chain, also where both come from one step.

import {
  type JobGraph,
  planHash as graphHash,
  SluiceError,
  type Step,
  type StepInput,
} from '@sluice/core/internal'
import type { ChainPlan, ExchangeKind, ExchangePlan, PhysicalPlan } from './physical-plan.ts'

const virtualKinds: ReadonlySet<string> = new Set(['key-by', 'rebalance', 'broadcast', 'union'])

/** How records of one real step reach another: virtual steps between them are folded into it. */
interface Edge {
  readonly from: StepInput
  readonly toInput: 0 | 1
  readonly kind: ExchangeKind
  readonly keyStep?: string
}

/** The plan of a graph at a default parallelism; a step's own setting wins for that step. */
export function planJob(graph: JobGraph, options: { readonly parallelism: number }): PhysicalPlan {
  checkParallelism(graph, options.parallelism)
  return new Planner(graph, options.parallelism).plan()
}

/** Equal for coordinator and workers, or the worker refuses. */
export function physicalPlanHash(graph: JobGraph, plan: PhysicalPlan): string {
  const shape = plan.chains.map((chain) => `${chain.name}*${chain.parallelism}`).join('|')
  const edges = plan.exchanges.map((e) => {
    const to = e.toInput === 0 ? e.toChain : `${e.toChain}.${e.toInput}`
    return `${e.fromChain}.${e.fromOutput}-${e.kind}-${to}`
  })
  return `${graphHash(graph)}/${shape}/${edges.join('|')}`
}

function checkParallelism(graph: JobGraph, parallelism: number): void {
  for (const value of [parallelism, ...graph.steps.map((step) => step.parallelism ?? 1)]) {
    if (!Number.isInteger(value) || value < 1 || value > graph.maxParallelism) {
      throw new SluiceError('SETTING_INVALID', `A parallelism of ${value} is not possible.`, {
        hint: `Choose a whole number from 1 to maxParallelism (${graph.maxParallelism}).`,
      })
    }
  }
}

class Planner {
  readonly #graph: JobGraph
  readonly #parallelism: number
  readonly #steps = new Map<string, Step>()
  readonly #edges = new Map<string, readonly Edge[]>()
  readonly #chainOf = new Map<string, number>()

  constructor(graph: JobGraph, parallelism: number) {
    this.#graph = graph
    this.#parallelism = parallelism
    for (const step of graph.steps) this.#steps.set(step.id, step)
  }

  plan(): PhysicalPlan {
    const chains = this.#chains()
    const exchanges = this.#exchanges()
    return {
      job: this.#graph.job,
      maxParallelism: this.#graph.maxParallelism,
      parallelism: this.#parallelism,
      chains: chains.map(
        (steps, id): ChainPlan => ({
          id,
          name: steps.map((step) => step.id).join(' → '),
          steps,
          parallelism: this.#parallelismOf(steps[0] as Step),
          inputs: exchanges.filter((e) => e.toChain === id).map((e) => e.id),
          outputs: exchanges.filter((e) => e.fromChain === id).map((e) => e.id),
        }),
      ),
      exchanges,
    }
  }

  #chains(): Step[][] {
    const chains: Step[][] = []
    for (const step of this.#graph.steps) {
      if (virtualKinds.has(step.kind)) continue
      const edges = step.inputs.flatMap((input, index) =>
        this.#resolve(input, step).map((edge): Edge => ({ ...edge, toInput: index === 1 ? 1 : 0 })),
      )
      this.#edges.set(step.id, edges)
      const chain = this.#chainFor(step, edges)
      if (chain === undefined) {
        this.#chainOf.set(step.id, chains.length)
        chains.push([step])
      } else {
        this.#chainOf.set(step.id, chain)
        chains[chain]?.push(step)
      }
    }
    return chains
  }

  /** The chain that a step joins; undefined where it begins one of its own. */
  #chainFor(step: Step, edges: readonly Edge[]): number | undefined {
    const [edge] = edges
    if (edge === undefined || edges.length !== 1) return undefined
    const upstream = this.#parallelismOf(this.#step(edge.from.step))
    if (upstream !== this.#parallelismOf(step)) return undefined
    if (edge.kind !== 'forward' && upstream !== 1) return undefined
    return this.#chainOf.get(edge.from.step)
  }

  /**
   * Follows virtual steps up to real ones; the one nearest to the consumer says how to exchange.
   */
  #resolve(input: StepInput, consumer: Step): Omit<Edge, 'toInput'>[] {
    const step = this.#step(input.step)
    if (!virtualKinds.has(step.kind)) {
      const equal = this.#parallelismOf(step) === this.#parallelismOf(consumer)
      return [{ from: input, kind: equal ? 'forward' : 'rebalance' }]
    }
    const above = step.inputs.flatMap((next) => this.#resolve(next, consumer))
    if (step.kind === 'union') return above
    if (step.kind === 'key-by') {
      return above.map(({ from }) => ({ from, kind: 'hash', keyStep: step.id }))
    }
    const kind = step.kind === 'broadcast' ? 'broadcast' : 'rebalance'
    return above.map(({ from }) => ({ from, kind }))
  }

  #exchanges(): ExchangePlan[] {
    const exchanges: ExchangePlan[] = []
    for (const [id, edges] of this.#edges) {
      const toChain = this.#chainOf.get(id) as number
      for (const edge of edges) {
        const fromChain = this.#chainOf.get(edge.from.step) as number
        if (fromChain === toChain) continue
        exchanges.push({
          id: exchanges.length,
          kind: edge.kind,
          fromChain,
          fromStep: edge.from.step,
          fromOutput: edge.from.output,
          toChain,
          toInput: edge.toInput,
          ...(edge.keyStep === undefined ? {} : { keyStep: edge.keyStep }),
        })
      }
    }
    return exchanges
  }

  #parallelismOf(step: Step): number {
    return step.parallelism ?? this.#parallelism
  }

  #step(id: string): Step {
    const step = this.#steps.get(id)
    if (step === undefined) {
      throw new SluiceError('JOB_INVALID', `Step '${id}' is named as an input and is not there.`)
    }
    return step
  }
}
