// Where a watermark goes when it leaves a node: to the exits and operators that its records reach
// without passing another operator. An operator passes it on after its timers have fired.

import type { OutputChannel } from '../../network/output-channel.ts'
import type { ChainNode } from './chain-nodes.ts'
import type { OperatorSlot } from '../operator-slot.ts'

export interface WatermarkRoute {
  readonly channels: readonly OutputChannel[]
  readonly operators: readonly OperatorSlot[]
}

/**
 * The route below a node. For an operator as the head of a chain, its input is a route of its own.
 */
export function routeBelow(node: ChainNode): WatermarkRoute {
  const channels = new Set<OutputChannel>()
  const operators = new Set<OperatorSlot>()
  collect(node, channels, operators)
  return { channels: [...channels], operators: [...operators] }
}

/** The route of what arrives at the head. */
export function routeOfInput(head: ChainNode): WatermarkRoute {
  return head.slot === undefined ? routeBelow(head) : { channels: [], operators: [head.slot] }
}

function collect(
  node: ChainNode,
  channels: Set<OutputChannel>,
  operators: Set<OperatorSlot>,
): void {
  for (const output of node.outputs) {
    for (const exit of output.exits) for (const channel of exit.channels) channels.add(channel)
    for (const child of output.children) {
      if (child.slot === undefined) collect(child, channels, operators)
      else operators.add(child.slot)
    }
  }
}
