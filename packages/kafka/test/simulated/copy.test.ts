import { describe, expect, test } from 'vitest'
import { type CopyResult, CopyRun } from './copy-run.ts'

const seeds = 50

function failureText({ seed, shape, violations, faults, lastEvents }: CopyResult): string {
  const events = lastEvents.join('\n')
  return [`seed ${seed}`, ...violations, JSON.stringify(shape), faults.join(' '), events].join('\n')
}

describe.each(['transaction', 'staged'] as const)('A simulated copy by commit: %s', (commit) => {
  test(`holds each record once and in order whatever dies, sleeps or is lost, ${seeds} times`, {
    timeout: 120_000,
  }, async () => {
    const results: CopyResult[] = []
    for (let seed = 1; seed <= seeds; seed++) results.push(await new CopyRun(seed, commit).run())
    const failed = results.filter(({ violations }) => violations.length > 0)
    expect(failed.slice(0, 2).map(failureText).join('\n\n')).toBe('')
    expect(failed.map(({ seed }) => seed)).toEqual([])
    // Few seeds may be too quiet to prove anything.
    const quiet = results.filter(({ checkpoints, faults }) => checkpoints < 2 || faults.length < 2)
    expect(quiet.length).toBeLessThan(seeds / 5)
  })

  test('gives the same run for the same seed, to the last event', async () => {
    const [one, other] = [new CopyRun(3, commit), new CopyRun(3, commit)]
    const results = [await one.run(), await other.run()]
    expect(other.world.events.lines().join('\n')).toBe(one.world.events.lines().join('\n'))
    expect(results[1]).toEqual(results[0])
  })
})
