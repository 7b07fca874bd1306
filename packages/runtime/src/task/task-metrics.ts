// Figures of connectors and operators by step, gathered for the next report of the worker.

import type { Counter, Gauge, Metrics } from '@sluice/core/connector'

export class NamedMetrics {
  readonly #byStep = new Map<string, Map<string, number>>()

  /** The metrics of one step in one subtask. */
  scope(step: string, subtask: number): Metrics {
    const values = this.#values(step, subtask)
    return {
      counter: (name): Counter => {
        values.set(name, values.get(name) ?? 0)
        return { add: (amount = 1) => values.set(name, (values.get(name) ?? 0) + amount) }
      },
      gauge: (name): Gauge => ({ set: (value) => values.set(name, value) }),
    }
  }

  read(step: string, subtask: number): Record<string, number> {
    return Object.fromEntries(this.#values(step, subtask))
  }

  #values(step: string, subtask: number): Map<string, number> {
    const key = `${subtask}/${step}`
    let values = this.#byStep.get(key)
    if (values === undefined) {
      values = new Map()
      this.#byStep.set(key, values)
    }
    return values
  }
}
