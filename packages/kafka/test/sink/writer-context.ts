// The context of a writer under test: time passes when the test says so, and what the writer asks
// of the engine is counted.

import type { WriterContext } from '@sluice/core/connector'
import { ManualTime } from '../simulated-broker/manual-time.ts'

export class WriterWorld {
  readonly time = new ManualTime()
  readonly gauges = new Map<string, number>()
  readonly warnings: string[] = []
  checkpointsAsked = 0

  get context(): WriterContext {
    const { time } = this
    const log = { debug: () => {}, info: () => {}, error: () => {} }
    return {
      job: 'shop',
      step: 'out',
      sink: 'out',
      logId: 'aaaabbbbccccdddd',
      generation: 3,
      subtask: 0,
      parallelism: 1,
      clock: time.clock,
      timers: time.timers,
      random: { fraction: () => 0.5 },
      log: { ...log, warn: (text: string) => this.warnings.push(text) },
      metrics: { gauge: (name: string) => this.#gauge(name), counter: () => ({ add: () => {} }) },
      requestCheckpoint: () => {
        this.checkpointsAsked += 1
      },
      stage: () => Promise.reject(new Error('nothing is staged')),
    } as unknown as WriterContext
  }

  #gauge(name: string) {
    return { set: (value: number) => this.gauges.set(name, value) }
  }
}
