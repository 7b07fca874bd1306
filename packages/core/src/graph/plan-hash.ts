// Two hashes over the graph. The plan hash covers all of it: coordinator and workers must agree.
// The hash of a step covers what its stored state depends on: a restore must agree. Changes of
// stateless steps, parallelism and life times of state alter no step hash.

import type { JobGraph, Step } from './job-graph.ts'
import { sha256 } from './sha256.ts'

/** Hash of the whole graph: 32 hexadecimal digits. */
export function planHash(graph: JobGraph): string {
  return sha256(canonical(graph)).slice(0, 32)
}

/**
 * Hash of what a restored step must agree with; undefined for a step that keeps nothing in a
 * checkpoint. The name of the step is not part of it, so a rename can be followed.
 */
export function stepHash(step: Step, maxParallelism: number): string | undefined {
  const facts = restoreFacts(step)
  return facts && sha256(canonical({ ...facts, maxParallelism })).slice(0, 32)
}

/** The first two were a yes and a no once, and hashes stay what they are. */
const stateForm = { none: false, split: true, union: 'union', broadcast: 'broadcast' } as const

function restoreFacts(step: Step): Record<string, unknown> | undefined {
  if (step.source !== undefined) return { kind: 'source', connector: step.source.connector }
  if (step.sink !== undefined) return { kind: 'sink', connector: step.sink.connector }
  const { operator } = step
  if (operator === undefined) return undefined
  if (operator.state.length === 0 && operator.operatorState === 'none') return undefined
  const states = operator.state.map(({ name, kind, namespace, ttlMs, ttlClock }) => ({
    name,
    kind,
    namespace,
    // How long an entry lives may change; whether and by which clock it ages is stored with it.
    ages: ttlMs === undefined ? 'never' : ttlClock,
  }))
  states.sort((left, right) => (left.name < right.name ? -1 : 1))
  const { type, keyed, stateShape } = operator
  const operatorState = stateForm[operator.operatorState]
  return { kind: 'operator', type, keyed, operatorState, states, stateShape }
}

/** JSON with sorted properties; values that JSON lacks appear as text with their type. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value instanceof Date) return `date ${value.getTime()}`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    const pairs = entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`)
    return `{${pairs.join(',')}}`
  }
  if (typeof value === 'number' || typeof value === 'bigint') return `${typeof value} ${value}`
  return JSON.stringify(value) ?? typeof value
}
