// A physical plan as a Mermaid flowchart: a box per chain, an edge per exchange.

import type { PhysicalPlan } from '@sluice/runtime/internal'
import { exchangeKind, stepText } from './plan-text.ts'

export function mermaidLines(plan: PhysicalPlan): string[] {
  const nodes = new Map<string, string>()
  for (const step of plan.chains.flatMap((chain) => chain.steps)) {
    nodes.set(step.id, `s${nodes.size}`)
  }
  const node = (step: string): string => nodes.get(step) as string
  const lines = ['flowchart LR']
  for (const chain of plan.chains) {
    lines.push(`  subgraph c${chain.id}["chain ${chain.id} ×${chain.parallelism}"]`)
    for (const step of chain.steps) {
      const label = `${quoted(step.id)}<br/><small>${quoted(stepText(step))}</small>`
      const [open, close] =
        step.kind === 'source' || step.kind === 'sink' ? ['([', '])'] : ['[', ']']
      lines.push(`    ${node(step.id)}${open}"${label}"${close}`)
    }
    for (const [at, step] of chain.steps.entries()) {
      if (at === 0) continue
      for (const from of upstreamOf(plan, chain.id, step.id)) {
        lines.push(`    ${node(from)} --> ${node(step.id)}`)
      }
    }
    lines.push('  end')
  }
  for (const exchange of plan.exchanges) {
    const head = plan.chains[exchange.toChain]?.steps[0]?.id as string
    const label = quoted(exchangeKind(exchange, plan))
    lines.push(`  ${node(exchange.fromStep)} == "${label}" ==> ${node(head)}`)
  }
  return lines
}

/**
 * The steps of the same chain that feed a step; steps that only say how records travel are left
 * out.
 */
function upstreamOf(plan: PhysicalPlan, chain: number, step: string): string[] {
  const steps = plan.chains[chain]?.steps ?? []
  const found = steps.find(({ id }) => id === step)
  const inside = (found?.inputs ?? []).filter((input) => steps.some(({ id }) => id === input.step))
  if (inside.length > 0) return inside.map((input) => input.step)
  // Behind a key-by or rebalance of one subtask: the chain is linear there.
  const before = steps[steps.findIndex(({ id }) => id === step) - 1]
  return before === undefined ? [] : [before.id]
}

/** Mermaid reads entity codes inside quotes. */
function quoted(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
