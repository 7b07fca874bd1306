// The histories in which every query has to give its result, and the events that they are played
// on: some minutes of them, spread by pauses over a night and the morning after it.

import type { Phase } from '@sluice/runtime'
import type { Backend, RunEnd } from './job/run-order.ts'
import type { Scenario } from './scenario.ts'

/** Parameters of the job for so many events. */
export function parametersOf(events: number, queries: readonly string[]): Record<string, string> {
  const bursts = 15
  const hourMs = 3_600_000
  return {
    EVENTS: String(events),
    QUERIES: queries.join(','),
    EVENTS_PER_SECOND: '100',
    DISORDER: '10',
    PAUSE_EVERY: String(Math.ceil(events / bursts / 10) * 10),
    PAUSE_MS: String(hourMs),
    START_MS: String(Date.UTC(2015, 6, 14, 19, 40)),
  }
}

const finish = { how: 'finish' } as const
const twice = { how: 'stop', afterCheckpoints: 2 } as const

function kill(phase: Phase): RunEnd {
  return { how: 'kill', afterCheckpoints: 2, phase }
}

/** At each parallelism a crash and the same number of subtasks again; then others after it. */
function histories(backend: Backend): readonly Scenario[] {
  const on = backend === 'heap' ? 'on the heap' : 'on RocksDB'
  const run = (parallelism: number, end: RunEnd) => ({ parallelism, end, backend })
  return [
    {
      name: `${on}: one subtask, killed after a commit`,
      splits: 1,
      runs: [run(1, kill('after-commit')), run(1, finish)],
    },
    {
      name: `${on}: two subtasks, killed between manifest and commit`,
      splits: 1,
      runs: [run(2, kill('after-manifest')), run(2, finish)],
      localRecovery: true,
    },
    {
      name: `${on}: four subtasks and splits, killed while barriers align`,
      splits: 4,
      runs: [run(4, kill('aligning')), run(4, finish)],
    },
    {
      name: `${on}: two subtasks, then four, killed in a commit, then one`,
      splits: 1,
      runs: [run(2, twice), run(4, kill('in-commit')), run(1, finish)],
    },
  ]
}

export const heapScenarios = histories('heap')

/** With the state in RocksDB, or in turn. */
export const rocksdbScenarios: readonly Scenario[] = [
  ...histories('rocksdb'),
  {
    name: 'two subtasks on the heap, then one on RocksDB, killed, then two on the heap',
    splits: 2,
    runs: [
      { parallelism: 2, end: twice, backend: 'heap' },
      { parallelism: 1, end: kill('in-commit'), backend: 'rocksdb' },
      { parallelism: 2, end: finish, backend: 'heap' },
    ],
  },
]
