// The histories in which every query has to give its result, and the events that they are played
// on: some minutes of them, spread by pauses over a night and the morning after it.

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

export const scenarios: readonly Scenario[] = [
  {
    name: 'one subtask, killed after a commit',
    splits: 1,
    runs: [
      { parallelism: 1, end: { how: 'kill', afterCheckpoints: 2, phase: 'after-commit' } },
      { parallelism: 1, end: finish },
    ],
  },
  {
    name: 'two subtasks, killed between manifest and commit',
    splits: 1,
    runs: [
      { parallelism: 2, end: { how: 'kill', afterCheckpoints: 2, phase: 'after-manifest' } },
      { parallelism: 2, end: finish },
    ],
  },
  {
    name: 'four subtasks and splits, killed while barriers align',
    splits: 4,
    runs: [
      { parallelism: 4, end: { how: 'kill', afterCheckpoints: 2, phase: 'aligning' } },
      { parallelism: 4, end: finish },
    ],
  },
  {
    name: 'two subtasks, then four, killed in a commit, then one',
    splits: 1,
    runs: [
      { parallelism: 2, end: { how: 'stop', afterCheckpoints: 2 } },
      { parallelism: 4, end: { how: 'kill', afterCheckpoints: 2, phase: 'in-commit' } },
      { parallelism: 1, end: finish },
    ],
  },
]

/** With the state in RocksDB. */
export const rocksdbScenarios: readonly Scenario[] = [
  {
    name: 'on RocksDB: one subtask, then two, killed between manifest and commit, then four',
    splits: 1,
    runs: [
      { parallelism: 1, end: { how: 'stop', afterCheckpoints: 2 }, backend: 'rocksdb' },
      {
        parallelism: 2,
        end: { how: 'kill', afterCheckpoints: 2, phase: 'after-manifest' },
        backend: 'rocksdb',
      },
      { parallelism: 4, end: finish, backend: 'rocksdb' },
    ],
  },
  {
    name: 'two subtasks on the heap, then one on RocksDB, killed, then two on the heap',
    splits: 2,
    runs: [
      { parallelism: 2, end: { how: 'stop', afterCheckpoints: 2 } },
      {
        parallelism: 1,
        end: { how: 'kill', afterCheckpoints: 2, phase: 'in-commit' },
        backend: 'rocksdb',
      },
      { parallelism: 2, end: finish },
    ],
  },
]
