// Which searches are run: the reduced ones of every test run, the full ones by hand, and for each
// rule the bounds in which its counterexample is looked for.

import type { Bounds } from './bounds.ts'
import type { RuleName } from './rules.ts'
import { fileSink } from './sinks/file-sink.ts'
import { pooledSink } from './sinks/pooled-sink.ts'
import type { SinkModel } from './sinks/sink-model.ts'

export interface Search {
  readonly name: string
  readonly sink: SinkModel
  readonly bounds: Bounds
}

const small: Bounds = {
  runs: 2,
  records: 2,
  checkpoints: 2,
  concurrent: 1,
  taskFailures: 0,
  failedCheckpoints: 1,
  lateRequests: true,
  fine: false,
}

const single: Bounds = {
  ...small,
  runs: 1,
  records: 3,
  checkpoints: 3,
  concurrent: 2,
  taskFailures: 1,
  fine: true,
}

const deep: Bounds = { ...small, records: 3, checkpoints: 3, concurrent: 2, lateRequests: false }
const three: Bounds = { ...small, runs: 3, failedCheckpoints: 0, lateRequests: false }
const fine: Bounds = { ...small, lateRequests: false, fine: true }
const failing: Bounds = { ...small, lateRequests: false, taskFailures: 1 }

/** All of these together take less than two minutes on one core. */
export const reducedSearches: readonly Search[] = [
  { name: 'one run, every fault', sink: fileSink, bounds: single },
  { name: 'one run, every fault', sink: pooledSink, bounds: single },
  { name: 'two runs, late requests', sink: fileSink, bounds: small },
  { name: 'two runs, late requests', sink: pooledSink, bounds: small },
  { name: 'two runs, tasks restart', sink: fileSink, bounds: failing },
  { name: 'two runs, delayed messages', sink: fileSink, bounds: fine },
  { name: 'two runs, three checkpoints', sink: fileSink, bounds: deep },
  { name: 'three runs', sink: fileSink, bounds: three },
]

export const fullSearches: readonly Search[] = [
  ...reducedSearches,
  { name: 'three runs', sink: pooledSink, bounds: three },
  {
    name: 'three runs, failed checkpoints',
    sink: fileSink,
    bounds: { ...three, failedCheckpoints: 1 },
  },
  {
    name: 'three runs, one checkpoint, late requests',
    sink: fileSink,
    bounds: { ...three, records: 1, checkpoints: 1, lateRequests: true },
  },
  {
    name: 'three runs, one checkpoint, tasks restart',
    sink: fileSink,
    bounds: { ...three, records: 1, checkpoints: 1, taskFailures: 1 },
  },
  {
    name: 'three runs, three checkpoints',
    sink: fileSink,
    bounds: { ...three, records: 3, checkpoints: 3 },
  },
  { name: 'two runs, tasks restart', sink: pooledSink, bounds: failing },
  { name: 'two runs, delayed messages', sink: pooledSink, bounds: fine },
  { name: 'two runs, three checkpoints', sink: pooledSink, bounds: deep },
  {
    name: 'two runs, tasks restart, late requests',
    sink: fileSink,
    bounds: { ...small, taskFailures: 1 },
  },
  {
    name: 'two runs, three checkpoints, late requests',
    sink: fileSink,
    bounds: { ...deep, lateRequests: true },
  },
]

/** Rules whose counterexample needs other bounds than the small ones, or is clearer in them. */
const BOUNDS_WITHOUT: Partial<Record<RuleName, Bounds>> = {
  floorRises: three,
  readBackFirst: three,
  restartFences: failing,
}

/** Where the counterexample of a rule is looked for. */
export function searchWithout(rule: RuleName): Search {
  const bounds = BOUNDS_WITHOUT[rule] ?? small
  const sink = rule === 'reuseByEntry' ? pooledSink : fileSink
  return { name: rule, sink, bounds }
}
