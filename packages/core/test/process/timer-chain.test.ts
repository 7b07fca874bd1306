import { describe, expect, test } from 'vitest'
import { TimerChain } from '../../src/process/timer-chain.ts'

function chain() {
  const warnings: string[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (message: string) => warnings.push(message),
  }
  return { chain: new TimerChain('heartbeat', log), warnings }
}

/** So many timers of a key, each of which sets the next. */
function goOn(timers: TimerChain, key: string, count: number): void {
  for (let time = 0; time < count; time++) {
    timers.fires(time, key)
    timers.sets(time + 1)
  }
}

describe('timers at the end of input', () => {
  test('a long chain is told once', () => {
    const { chain: timers, warnings } = chain()
    goOn(timers, 'a', 5000)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /'heartbeat' has ended and its timers go on: for the key "a", 1000 in a row/,
    )
  })

  test('one that does not end is an error', () => {
    const { chain: timers } = chain()
    expect(() => goOn(timers, 'a', 200_000)).toThrow(
      expect.objectContaining({ code: 'TIMERS_ENDLESS', where: { step: 'heartbeat' } }),
    )
  })

  test('very many timers that no timer set are none', () => {
    const { chain: timers, warnings } = chain()
    for (let time = 0; time < 300_000; time++) {
      timers.fires(time, 'a')
      if (time % 2 === 0) timers.sets(time + 0.5)
      else timers.deletes(time + 5)
      if (time % 2 === 0) timers.fires(time + 0.5, 'a')
    }
    expect(warnings).toEqual([])
  })

  test('a timer that is deleted ends the chain', () => {
    const { chain: timers, warnings } = chain()
    for (let round = 0; round < 300; round++) {
      goOn(timers, 'a', 900)
      timers.deletes(900)
    }
    expect(warnings).toEqual([])
  })

  test('of the keys beside each other, the one whose timers end makes room', () => {
    const { chain: timers } = chain()
    const twoKeys = (): void => {
      for (let time = 0; time < 300_000; time++) {
        timers.fires(time, 'finite')
        if (time < 20) timers.sets(time + 1)
        timers.fires(time, 'endless')
        timers.sets(time + 1)
      }
    }
    expect(twoKeys).toThrow(/for the key "endless"/)
  })
})
