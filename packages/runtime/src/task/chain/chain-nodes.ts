// A chain as a tree of nodes: which step hands its records to which other steps and exits. The
// compilers turn this tree into functions; the task walks it for watermarks and snapshots.

import type { BuiltJob, Step, StepCode } from '@sluice/core/internal'
import type { ChainPlan } from '../../plan/physical-plan.ts'
import type { Exit } from './exit.ts'
import type { OperatorSlot } from '../operator-slot.ts'
import type { SinkOutput } from '../sink-output.ts'

/** Where the records of one output go. */
export interface NodeOutput {
  readonly children: readonly ChainNode[]
  readonly exits: readonly Exit[]
}

export interface ChainNode {
  /** Position in the chain; 0 is the head. */
  readonly index: number
  readonly step: Step
  readonly code: StepCode
  readonly outputs: readonly NodeOutput[]
  /** Operators and sinks carry their instance. */
  readonly slot?: OperatorSlot
  readonly sink?: SinkOutput
}

/** What a task provides for its chain. */
export interface ChainParts {
  operator(step: Step, index: number): OperatorSlot
  sink(step: Step): SinkOutput
  /** The exits of one output of a step. */
  exits(step: Step, output: number): readonly Exit[]
}

/** Nodes in order of the chain: a node stands after its parent. */
export function buildNodes(chain: ChainPlan, job: BuiltJob, parts: ChainParts): ChainNode[] {
  const nodes: ChainNode[] = []
  const children = new Map<string, ChainNode[]>()
  // Backwards, so that the children of a node exist when the node is made.
  for (let index = chain.steps.length - 1; index >= 0; index--) {
    const step = chain.steps[index] as Step
    const code = job.code.get(step.id) as StepCode
    const outputs = step.outputs.map(
      (_, output): NodeOutput => ({
        children: children.get(`${step.id}/${output}`) ?? [],
        exits: parts.exits(step, output),
      }),
    )
    const node: ChainNode = {
      index,
      step,
      code,
      outputs,
      ...(code.kind === 'operator' ? { slot: parts.operator(step, index) } : {}),
      ...(code.kind === 'sink' ? { sink: parts.sink(step) } : {}),
    }
    nodes.unshift(node)
    if (index === 0) continue
    const edge = realInput(step, job)
    const siblings = children.get(edge) ?? []
    siblings.unshift(node)
    children.set(edge, siblings)
  }
  return nodes
}

/** The real step and output that feeds a chained step, past virtual steps. */
function realInput(step: Step, job: BuiltJob): string {
  const steps = new Map(job.graph.steps.map((each) => [each.id, each]))
  let [input] = step.inputs
  while (input !== undefined) {
    const above = steps.get(input.step)
    if (above === undefined || !isVirtual(above)) break
    input = above.inputs[0]
  }
  return `${input?.step}/${input?.output}`
}

function isVirtual(step: Step): boolean {
  return ['key-by', 'rebalance', 'broadcast', 'union'].includes(step.kind)
}

/** Whether the head of a chain takes records of two inputs. */
export function hasSecondInput(head: ChainNode): boolean {
  return head.code.kind === 'operator' && head.step.inputs.length === 2
}

/** Whether records can leave this node other than through a direct call of the run function. */
export function isEmitter(node: ChainNode): boolean {
  return node.code.kind === 'operator' || node.code.kind === 'source'
}
