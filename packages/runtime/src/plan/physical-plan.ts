// The physical plan as data: chains of steps that run as one task per subtask, and the exchanges
// between them. Coordinator and workers compute it from the same graph and compare its hash.

import type { Step } from '@sluice/core/internal'

export type ExchangeKind = 'forward' | 'hash' | 'rebalance' | 'broadcast'

/** Steps that are compiled into one function; `steps[0]` is the head. */
export interface ChainPlan {
  readonly id: number
  /** For people: ids joined by ` → `. */
  readonly name: string
  /**
   * In order of the graph; each but the head has exactly one input, inside the chain. A step with
   * two inputs is always a head.
   */
  readonly steps: readonly Step[]
  readonly parallelism: number
  /** Ids of exchanges that feed the head; empty for a source. */
  readonly inputs: readonly number[]
  /** Ids of exchanges that leave any step of the chain. */
  readonly outputs: readonly number[]
}

export interface ExchangePlan {
  readonly id: number
  readonly kind: ExchangeKind
  readonly fromChain: number
  /** The step and output whose records leave. */
  readonly fromStep: string
  readonly fromOutput: number
  readonly toChain: number
  /** Which input of the head of that chain: 1 is the second one of an operator that has two. */
  readonly toInput: 0 | 1
  /** Hash exchanges: the `key-by` step whose function gives the key. */
  readonly keyStep?: string
}

export interface PhysicalPlan {
  readonly job: string
  readonly maxParallelism: number
  readonly parallelism: number
  readonly chains: readonly ChainPlan[]
  readonly exchanges: readonly ExchangePlan[]
}

/** One pair of subtasks that an exchange connects. */
export interface ChannelPlan {
  readonly exchange: number
  readonly from: number
  readonly to: number
}

/** All channels of an exchange: forward pairs equal subtasks, the others are complete. */
export function channelsOf(plan: PhysicalPlan, exchange: ExchangePlan): ChannelPlan[] {
  const senders = chainOf(plan, exchange.fromChain).parallelism
  const receivers = chainOf(plan, exchange.toChain).parallelism
  const channels: ChannelPlan[] = []
  for (let from = 0; from < senders; from++) {
    for (let to = 0; to < receivers; to++) {
      if (exchange.kind === 'forward' && from !== to) continue
      channels.push({ exchange: exchange.id, from, to })
    }
  }
  return channels
}

function chainOf(plan: PhysicalPlan, id: number): ChainPlan {
  const chain = plan.chains[id]
  if (chain === undefined) throw new RangeError(`The plan has no chain ${id}.`)
  return chain
}

/** Subtasks with equal numbers share a worker. */
export function workerCount(plan: PhysicalPlan): number {
  return Math.max(...plan.chains.map((chain) => chain.parallelism))
}
