// Contexts for the tests of this package: a clock that a test moves, and offloading in this thread.

import type {
  CommitterContext,
  ConnectorContext,
  EnumeratorContext,
  FileSystem,
  SourceSplit,
  WriterContext,
} from '@sluice/core/connector'

export interface TestClock {
  nowMs: number
}

export interface Recorded {
  readonly counters: Map<string, number>
  readonly warnings: string[]
}

export function newRecorded(): Recorded {
  return { counters: new Map(), warnings: [] }
}

export function connectorContext(
  files: FileSystem,
  recorded: Recorded = newRecorded(),
  clock: TestClock = { nowMs: 0 },
  timers: ConnectorContext['timers'] = neverTimers,
): ConnectorContext {
  return {
    job: 'test-job',
    step: 'step',
    files,
    clock: { now: () => clock.nowMs, monotonic: () => clock.nowMs },
    timers,
    random: { uint32: () => 4, fraction: () => 0.5, hex: (bytes) => '0a'.repeat(bytes) },
    log: {
      debug: () => {},
      info: () => {},
      warn: (message) => void recorded.warnings.push(message),
      error: () => {},
    },
    metrics: {
      counter: (name) => ({
        add: (amount = 1) =>
          void recorded.counters.set(name, (recorded.counters.get(name) ?? 0) + amount),
      }),
      gauge: () => ({ set: () => {} }),
    },
    output: () => {},
    offload: runHere,
    network: { connect: () => Promise.reject(new Error('Files need no network.')) },
  }
}

const neverTimers: ConnectorContext['timers'] = {
  after: () => () => {},
  sleep: () => new Promise(() => {}),
}

async function* runHere<Result>(
  moduleUrl: string,
  exportName: string,
  argument: unknown,
): AsyncGenerator<Result> {
  const module = (await import(moduleUrl)) as Record<
    string,
    (argument: unknown) => AsyncIterable<Result> | Iterable<Result>
  >
  const generator = module[exportName]
  if (generator === undefined) throw new Error(`no ${exportName}`)
  for await (const result of generator(structuredClone(argument))) yield structuredClone(result)
}

export function writerContext(
  files: FileSystem,
  generation: number,
  subtask = 0,
  clock: TestClock = { nowMs: 0 },
): WriterContext & CommitterContext {
  const recorded = newRecorded()
  return {
    ...connectorContext(files, recorded, clock),
    subtask,
    parallelism: 2,
    logId: 'aaaabbbbccccdddd',
    sink: 'out',
    generation,
    stage: () => Promise.reject(new Error('nothing is staged')),
    requestCheckpoint: () => {},
    promised: [],
    readStaged: () => Promise.reject(new Error('nothing is staged')),
  }
}

export interface RecordedAssignments<Split extends SourceSplit> {
  readonly assigned: { subtask: number; splits: readonly Split[] }[]
  readonly ended: number[]
  readonly failures: unknown[]
  pending: boolean
  total: number
}

export function enumeratorContext<Split extends SourceSplit>(
  context: ConnectorContext,
  parallelism: number,
): { context: EnumeratorContext<Split>; seen: RecordedAssignments<Split> } {
  const seen: RecordedAssignments<Split> = {
    assigned: [],
    ended: [],
    failures: [],
    pending: false,
    total: 0,
  }
  return {
    seen,
    context: {
      ...context,
      parallelism,
      assign: (subtask, splits) => void seen.assigned.push({ subtask, splits }),
      noMoreSplits: (subtask) => void seen.ended.push(subtask),
      setPending: (pending) => {
        seen.pending = pending
      },
      setTotal: (total) => {
        seen.total = total
      },
      fail: (error) => void seen.failures.push(error),
    },
  }
}
