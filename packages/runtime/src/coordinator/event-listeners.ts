// The listeners of one run. A listener that throws is reported and never disturbs the run.

import type { Logger } from '@sluice/core/connector'
import type { JobEvents } from './job-run.ts'

type Listener<Name extends keyof JobEvents> = (event: JobEvents[Name]) => void

export class EventListeners {
  readonly #listeners: { [Name in keyof JobEvents]?: Set<Listener<Name>> } = {}
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  on<Name extends keyof JobEvents>(name: Name, listener: Listener<Name>): () => void {
    const existing: Set<Listener<Name>> | undefined = this.#listeners[name]
    const set = existing ?? new Set<Listener<Name>>()
    if (existing === undefined) Object.assign(this.#listeners, { [name]: set })
    set.add(listener)
    return () => set.delete(listener)
  }

  emit<Name extends keyof JobEvents>(name: Name, event: JobEvents[Name]): void {
    const set: Set<Listener<Name>> | undefined = this.#listeners[name]
    for (const listener of set ?? []) {
      try {
        listener(event)
      } catch (error) {
        this.#log.error(`A listener of '${name}' threw.`, { error: String(error) })
      }
    }
  }
}
