// Real processes, real files, SIGKILL at random moments.

import { expect, it } from 'vitest'
import { killRounds } from './kill-rounds.ts'

it('gives the exact answer although its process is killed at random moments', async () => {
  const lines: string[] = []
  const report = await killRounds({
    kills: 10,
    seed: 7,
    recordsPerFile: 150_000,
    say: (line) => lines.push(line),
  })
  const { lost, doubled, gaps, kills, checkpoints } = report
  expect({ lost, doubled, gaps, kills }, lines.join('\n')).toEqual({
    lost: 0,
    doubled: 0,
    gaps: 0,
    kills: 10,
  })
  expect(checkpoints).toBeGreaterThan(5)
}, 240_000)
