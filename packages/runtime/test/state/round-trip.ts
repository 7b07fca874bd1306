// The suite that every backend passes: what a snapshot restores is exactly what a plain model held
// at its barrier, whatever happened, at any parallelism.

import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { SnapshotScope, TimerDomain } from '../../src/state/state-backend.ts'
import { type Outcome, StateHistory, type Step } from './state-history.ts'
import type { Change, CreateBackend } from './state-under-test.ts'

/** Histories are many, and machines are slow at times. */
const LONGEST_MS = 240_000

const small = fc.nat({ max: 40 })
/** Few places are met often, so that entries come and go. */
const place = fc.oneof(fc.nat({ max: 2 }), small)
const kinds = [
  ...(['set', 'clear', 'count', 'uncount', 'push', 'setList', 'clearList', 'setItem'] as const),
  ...(['deleteItem', 'clearMap', 'setAged', 'setAgedItem', 'setTimer', 'deleteTimer'] as const),
  ...(['tally', 'tally', 'untally'] as const),
  ...(['sum', 'sum', 'sum', 'unsum'] as const),
  ...(['pushMet', 'setMetItem', 'meet', 'look'] as const),
]
const change = fc.record<Change>({
  kind: fc.constantFrom(...kinds),
  key: place,
  namespace: place,
  item: small,
  value: small,
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ do: fc.constant('change' as const), change }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      now: fc.nat({ max: 6 }),
      watermark: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fire' as const),
      domain: fc.constantFrom<TimerDomain>('event', 'processing'),
      until: fc.nat({ max: 120 }),
      limit: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      scope: fc.constantFrom<SnapshotScope>('changes', 'changes', 'changes', 'everything'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('advance' as const), which: small, slices: small }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      which: small,
      outcome: fc.constantFrom<Outcome>('stored', 'stored', 'refused', 'unknown', 'late'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: small }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

/**
 * Runs random histories on backends that `createBackend` makes. It gets the options of a task's
 * backend; each call makes an empty one. STATE_RUNS sets the number of histories.
 */
export function describeRoundTrip(
  name: string,
  createBackend: CreateBackend,
  usualRuns = 200,
): void {
  const runs = Number(process.env['STATE_RUNS'] ?? usualRuns)
  describe(`the round trip of ${name}`, () => {
    test(
      'a snapshot restores what was there at its barrier, at any parallelism',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(step, { minLength: 20, maxLength: 250, size: 'max' }),
            async (steps) => {
              const history = new StateHistory(createBackend)
              for (const each of steps) {
                await history.run(each)
                if (history.failure !== undefined) throw history.failure
              }
              await history.end()
              if (history.failure !== undefined) throw history.failure
            },
          ),
          { numRuns: runs },
        )
      },
      LONGEST_MS,
    )
  })
}
