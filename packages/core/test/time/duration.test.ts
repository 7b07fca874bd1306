import { expect, test } from 'vitest'
import { type Duration, parseDuration } from '../../src/time/duration.ts'

test('durations are milliseconds', () => {
  const vectors: [Duration, number][] = [
    ['0ms', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['1.001s', 1_001],
    ['5m', 300_000],
    ['0.5h', 1_800_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
  ]
  for (const [duration, ms] of vectors) expect(parseDuration(duration, 'it')).toBe(ms)
})

test('what is no duration is refused, with the name of the setting', () => {
  const wrong = ['10 seconds', '10', 's', '', '-5s', '0.5ms', '1e3s', '10S', ' 10s', '10s ', '1.s']
  const unlikely = ['1e999d', `${'9'.repeat(400)}d`, 'Infinitys', 'NaNs', 10, null, undefined, {}]
  for (const duration of [...wrong, ...unlikely]) {
    expect(() => parseDuration(duration as Duration, 'checkpoint.every')).toThrow(
      expect.objectContaining({
        code: 'DURATION_INVALID',
        message: expect.stringContaining('checkpoint.every'),
      }),
    )
  }
})
