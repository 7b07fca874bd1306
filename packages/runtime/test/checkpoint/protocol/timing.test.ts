import { SluiceError } from '@sluice/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkpointFailureReasons,
  describeFailure,
  FailureTolerance,
} from '../../../src/checkpoint/protocol/failure-reason.ts'
import { decideRestart, noRestarts } from '../../../src/checkpoint/protocol/restart.ts'
import type { RestartDecision, RestartHistory } from '../../../src/checkpoint/protocol/restart.ts'
import { decideTrigger } from '../../../src/checkpoint/protocol/trigger.ts'
import type { TriggerFacts } from '../../../src/checkpoint/protocol/trigger.ts'

const facts: TriggerFacts = {
  nowMs: 20_000,
  settings: { everyMs: 10_000, minPauseMs: 500, maxConcurrent: 1 },
  tasks: 'running',
  draining: false,
  inFlight: 0,
  endUnderWay: false,
  runningSinceMs: 1_000,
  lastTriggeredAtMs: undefined,
  lastEndedAtMs: undefined,
  request: 'none',
}

describe('the trigger', () => {
  const table: readonly [string, Partial<TriggerFacts>, ReturnType<typeof decideTrigger>][] = [
    ['fires when the interval is over', {}, { kind: 'trigger', purpose: 'periodic' }],
    [
      'waits for the first interval after the tasks began',
      { nowMs: 10_999 },
      { kind: 'wait', reason: 'interval', untilMs: 11_000 },
    ],
    [
      'counts the interval from trigger to trigger',
      { lastTriggeredAtMs: 15_000, lastEndedAtMs: 15_100 },
      { kind: 'wait', reason: 'interval', untilMs: 25_000 },
    ],
    [
      'leaves the tasks a minimum pause after the end of the last one',
      { lastTriggeredAtMs: 9_000, lastEndedAtMs: 19_900 },
      { kind: 'wait', reason: 'minimum-pause', untilMs: 20_400 },
    ],
    [
      'says the later of both when neither is over',
      { lastTriggeredAtMs: 10_500, lastEndedAtMs: 20_100, nowMs: 20_200 },
      { kind: 'wait', reason: 'minimum-pause', untilMs: 20_600 },
    ],
    ['waits while tasks start', { tasks: 'starting' }, waits('tasks-starting')],
    ['waits for ever after the end', { tasks: 'ended' }, waits('tasks-ended')],
    ['waits while enough are in flight', { inFlight: 1 }, waits('too-many-in-flight')],
    ['waits after the last one', { endUnderWay: true, tasks: 'finished' }, waits('end-under-way')],
    [
      'takes the last one of a finished job at once',
      { tasks: 'finished', nowMs: 1_001 },
      { kind: 'trigger', purpose: 'final' },
    ],
    [
      'takes the last one of a stopped job at once',
      { request: 'stop', nowMs: 1_001 },
      { kind: 'trigger', purpose: 'stop' },
    ],
    ['takes none while it drains, not even a due one', { draining: true }, waits('draining')],
    [
      'takes none while it drains, whoever asks',
      { draining: true, request: 'stop' },
      waits('draining'),
    ],
    [
      'takes the last one of a drained job at once',
      { draining: true, tasks: 'finished', nowMs: 1_001 },
      { kind: 'trigger', purpose: 'final' },
    ],
    [
      'takes a requested one at once',
      { request: 'checkpoint', lastEndedAtMs: 19_999 },
      { kind: 'trigger', purpose: 'requested' },
    ],
  ]
  for (const [name, changed, decision] of table) {
    test(name, () => expect(decideTrigger({ ...facts, ...changed })).toEqual(decision))
  }

  test('that waits until a time fires at that time, and not before', () => {
    fc.assert(
      fc.property(fc.nat(50_000), fc.nat(50_000), fc.nat(50_000), (nowMs, triggered, ended) => {
        const at = { ...facts, lastTriggeredAtMs: triggered, lastEndedAtMs: ended, nowMs }
        const decision = decideTrigger(at)
        if (decision.kind === 'trigger') return
        const until = decision.untilMs as number
        expect(until).toBeGreaterThan(nowMs)
        expect(decideTrigger({ ...at, nowMs: until - 1 }).kind).toBe('wait')
        expect(
          decideTrigger({ ...at, nowMs: Math.max(until, triggered + 10_000, ended + 500) }),
        ).toEqual({ kind: 'trigger', purpose: 'periodic' })
      }),
    )
  })
})

function waits(
  reason: 'tasks-starting' | 'tasks-ended' | 'too-many-in-flight' | 'end-under-way' | 'draining',
) {
  return { kind: 'wait', reason, untilMs: undefined } as const
}

describe('failed checkpoints', () => {
  test('in a row beyond what is tolerated end the attempt; a completed one starts anew', () => {
    const tolerance = new FailureTolerance(1)
    expect(tolerance.failed('declined')).toBe('go-on')
    expect(tolerance.failed('timed-out')).toBe('end-attempt')
    tolerance.completed()
    expect(tolerance.failed('timed-out')).toBe('go-on')
  })

  test('by default none is tolerated, but a storage that is away and one overtaken', () => {
    const tolerance = new FailureTolerance(0)
    for (let i = 0; i < 9; i++) expect(tolerance.failed('storage-unavailable')).toBe('go-on')
    expect(tolerance.failed('overtaken')).toBe('go-on')
    expect(tolerance.failed('declined')).toBe('end-attempt')
  })

  test('that come with the end of the attempt end it whatever is tolerated', () => {
    const tolerance = new FailureTolerance(99)
    expect(tolerance.failed('fenced')).toBe('end-attempt')
    expect(tolerance.failed('task-failed')).toBe('end-attempt')
  })

  test('have a reason in words each', () => {
    expect(checkpointFailureReasons).toHaveLength(10)
    for (const reason of checkpointFailureReasons)
      expect(describeFailure(reason)).toMatch(/\w+ \w+/)
  })
})

describe('restarts', () => {
  const exponential = {
    strategy: 'exponential',
    initialDelayMs: 1_000,
    maxDelayMs: 60_000,
    resetAfterMs: 600_000,
  } as const
  const failure = {
    error: new SluiceError('WORKER_DIED', 'gone'),
    completedCheckpoints: 0,
    nowMs: 100_000,
    runningSinceMs: 99_000,
    random: 0.5,
  }

  test('come at once first, then after growing delays up to the longest', () => {
    const delays: number[] = []
    let history: RestartHistory = noRestarts
    for (let i = 0; i < 9; i++) {
      const decision = decideRestart(exponential, history, failure)
      if (decision.kind === 'give-up') throw new Error('unreachable')
      delays.push(decision.delayMs)
      history = decision.history
    }
    expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  })

  test('stay within a fifth of the grown delay, and within the longest', () => {
    fc.assert(
      fc.property(
        fc.nat(2_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (restarts, random) => {
          const decision = decideRestart(exponential, { restarts }, { ...failure, random })
          if (decision.kind === 'give-up') throw new Error('unreachable')
          const grown = restarts === 0 ? 0 : Math.min(1_000 * 2 ** (restarts - 1), 60_000)
          expect(decision.delayMs).toBeGreaterThanOrEqual(Math.floor(grown * 0.8))
          expect(decision.delayMs).toBeLessThanOrEqual(Math.min(Math.ceil(grown * 1.2), 60_000))
        },
      ),
    )
  })

  test('begin anew after a stable period', () => {
    const stable = { ...failure, nowMs: 700_000, runningSinceMs: 100_000, random: 0 }
    expect(decideRestart(exponential, { restarts: 7 }, stable)).toMatchObject({
      delayMs: 0,
      history: { restarts: 1 },
    })
    const never = { ...stable, runningSinceMs: undefined }
    expect(decideRestart(exponential, { restarts: 7 }, never)).toMatchObject({
      history: { restarts: 8 },
    })
  })

  test('end when the attempts are used up, and at once without a strategy', () => {
    const fixed = { strategy: 'fixed', delayMs: 50, maxAttempts: 2 } as const
    expect(decideRestart(fixed, { restarts: 1 }, failure)).toMatchObject({ delayMs: 50 })
    expect(decideRestart(fixed, { restarts: 2 }, failure)).toEqual({
      kind: 'give-up',
      reason: 'attempts-exhausted',
    })
    const limited = { ...exponential, maxAttempts: 1 }
    expect(decideRestart(limited, { restarts: 1 }, failure).kind).toBe('give-up')
    expect(decideRestart({ strategy: 'none' }, noRestarts, failure)).toEqual({
      kind: 'give-up',
      reason: 'strategy-none',
    })
  })
  describe('for an error of the user', () => {
    const byDefault = { ...exponential, userErrorRestarts: 3 } as const
    const threw = (step: string) =>
      new SluiceError('USER_FUNCTION_FAILED', 'x', { where: { step } })

    /** What is decided of one failure after the other: an error, and the checkpoints before it. */
    function decisions(
      failures: readonly (readonly [SluiceError, number])[],
      settings: Parameters<typeof decideRestart>[0] = byDefault,
    ): RestartDecision['kind'][] {
      let history: RestartHistory = noRestarts
      return failures.map(([error, completedCheckpoints]) => {
        const decision = decideRestart(settings, history, {
          ...failure,
          error,
          completedCheckpoints,
        })
        if (decision.kind === 'restart') history = decision.history
        return decision.kind
      })
    }

    const [again, over] = ['restart', 'give-up'] as const
    const one = threw('one')

    test('end when it comes back a fourth time with no checkpoint completed in between', () => {
      const four = [one, one, one, one].map((error) => [error, 7] as const)
      expect(decisions(four)).toEqual([again, again, again, over])
    })

    test('go on while checkpoints complete', () => {
      const many = Array.from({ length: 20 }, (_, failed) => [one, Math.floor(failed / 3)] as const)
      expect(new Set(decisions(many))).toEqual(new Set([again]))
    })

    test('count anew for another step, another code and after a failure of another origin', () => {
      const other = threw('other')
      const slow = new SluiceError('ASYNC_TIMEOUT', 'x', { where: { step: 'one' } })
      for (const between of [other, slow, failure.error]) {
        const failures = [one, one, one, between, one, one, one].map((error) => [error, 0] as const)
        expect(new Set(decisions(failures))).toEqual(new Set([again]))
      }
    })

    test('end as well where the error failed a checkpoint', () => {
      const error = new SluiceError('CHECKPOINT_FAILED', 'x', { cause: one })
      const four = [error, error, error, error].map((each) => [each, 0] as const)
      expect(decisions(four).at(-1)).toBe(over)
    })

    test('go on for ever where the job says how it is restarted, and for other errors', () => {
      const many = (error: SluiceError) => Array.from({ length: 30 }, () => [error, 0] as const)
      expect(new Set(decisions(many(one), exponential))).toEqual(new Set([again]))
      expect(new Set(decisions(many(failure.error)))).toEqual(new Set([again]))
      const away = new SluiceError('SINK_FAILED', 'x')
      expect(new Set(decisions(many(away)))).toEqual(new Set([again]))
    })
  })
})
