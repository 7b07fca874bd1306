// Real processes, real files, a real RocksDB, SIGKILL at random moments; each run draws where it
// keeps its state and how many subtasks it has, and goes on from what the others left: checkpoints,
// and now and then a local copy.

import { expect, it } from 'vitest'
import { whyNoRocksDb } from '../../conformance/key-value-store/rocksdb-here.ts'
import { killRounds } from '../kill/kill-rounds.ts'

const missing = whyNoRocksDb()

it('gives the exact answer although runs are killed and move between heap and RocksDB', async ({
  skip,
}) => {
  if (missing !== undefined) skip(missing)
  const lines: string[] = []
  const { lost, doubled, gaps, kills, checkpoints } = await killRounds({
    kills: 8,
    seed: 11,
    recordsPerFile: 150_000,
    backends: ['rocksdb', 'heap', 'rocksdb-copies'],
    say: (line) => lines.push(line),
  })
  expect({ lost, doubled, gaps, kills }, lines.join('\n')).toEqual({
    lost: 0,
    doubled: 0,
    gaps: 0,
    kills: 8,
  })
  expect(checkpoints).toBeGreaterThan(2)
}, 240_000)
