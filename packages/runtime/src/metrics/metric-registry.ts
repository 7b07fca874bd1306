// The named figures of connectors and operators in one thread: counters and gauges per step and
// subtask. Asking for the same name twice gives the same figure. A snapshot is plain data.

import type { Counter, Gauge, Metrics } from '@sluice/core/connector'
import { assert } from '@sluice/core/internal'

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

class Figure implements Counter, Gauge {
  readonly kind: 'counter' | 'gauge'
  value = 0

  constructor(kind: 'counter' | 'gauge') {
    this.kind = kind
  }

  add(amount = 1): void {
    this.value += amount
  }

  set(value: number): void {
    this.value = value
  }
}

export class MetricRegistry {
  readonly #subtasks = new Map<string, Map<string, Figure>>()

  /** The figures of one step and subtask, as a connector gets them. */
  of(step: string, subtask: number): Metrics {
    const figures = this.#figuresOf(step, subtask)
    return {
      counter: (name) => figure(figures, name, 'counter'),
      gauge: (name) => figure(figures, name, 'gauge'),
    }
  }

  /** All figures of one step and subtask at this moment, by name. */
  snapshot(step: string, subtask: number): Record<string, number> {
    const named: Record<string, number> = {}
    for (const [name, { value }] of this.#figuresOf(step, subtask)) named[name] = value
    return named
  }

  #figuresOf(step: string, subtask: number): Map<string, Figure> {
    const key = `${subtask} ${step}`
    let figures = this.#subtasks.get(key)
    if (figures === undefined) {
      figures = new Map()
      this.#subtasks.set(key, figures)
    }
    return figures
  }
}

function figure(figures: Map<string, Figure>, name: string, kind: Figure['kind']): Figure {
  let found = figures.get(name)
  if (found === undefined) {
    assert(namePattern.test(name), `the name of a metric is in kebab-case: ${name}`)
    found = new Figure(kind)
    figures.set(name, found)
  }
  assert(found.kind === kind, `the metric ${name} is a ${found.kind}`)
  return found
}
