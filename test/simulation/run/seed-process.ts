// A process that simulates the seeds that it is told, one after the other.

import { simulateSeed } from './simulation-run.ts'

/** What the parent says: a seed to simulate. */
export interface SeedOrder {
  readonly seed: number
}

const unhandled: string[] = []
process.on('unhandledRejection', (error) => {
  unhandled.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
})

// An interrupt of the terminal reaches this process, too: the parent says when it is over.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

process.on('message', ({ seed }: SeedOrder) => {
  void simulateSeed(seed).then((result) => {
    const violations = unhandled
      .splice(0)
      .map((error) => `a rejection that nobody handles: ${error}`)
    process.send?.({ ...result, violations: [...result.violations, ...violations] })
  })
})
