// The fields of a state: the log and its floor, the outside (names, segments, visible records), one
// request that is still under way, and three runs. Generations are numbered by rank (1 to 5)
// instead of by position; the order is the same.

import { StateLayout } from '../space/state-layout.ts'

export const RUNS = 3
export const SUBTASKS = 2
/** Highest log position. */
export const POSITIONS = 8
/**
 * Highest generation: three starts, one restart of tasks, and a fence that was void and tried
 * again.
 */
export const GENERATIONS = 5
/** Highest checkpoint id, and most slots of a pool. */
export const IDS = 3
/** Most records of a subtask. */
export const RECORDS = 3
/** Bits of a list of committables: one per checkpoint id and subtask. */
const OWED_BITS = IDS * SUBTASKS

/** Kinds of log entries. */
export const ABSENT = 0
export const FENCE = 1
export const CHECKPOINT = 2
/** Visible and not whole; only with the rule switched off. */
export const TORN = 3

/** The writer of an entry that no living run takes for its own any more. */
export const SETTLED = 7

/** Where a run is. */
export const IDLE = 0
export const FENCE_CREATE = 1
export const FENCE_FLOOR = 2
export const RECOVER = 3
export const RUNNING = 4
export const ENDING = 5
export const ENDED = 6

/** Where the append of a running run is. */
export const APPEND_NONE = 0
export const APPEND_CREATE = 1
export const APPEND_FLOOR = 2
export const APPEND_COMMIT = 3
/** Commits before the entry; only with the rule switched off. */
export const APPEND_EARLY = 4

/** Where the collector of a run is. */
export const COLLECT_IDLE = 0
export const COLLECT_RAISE = 1
export const COLLECT_DELETE = 2

/** Kinds of requests that take effect late. */
export const LATE_NONE = 0
export const LATE_CREATE = 1
export const LATE_PREPARE = 2
export const LATE_COMMIT = 3
export const LATE_ABORT = 4

/** What went wrong outside the counts; set by the step that did it. */
export const FAULT_NONE = 0
export const FAULT_FALSE_ALARM = 1
export const FAULT_STOPPED = 2

const layout = new StateLayout()

export const FLOOR = layout.field(4)
/** Indexed by position, 0 unused. */
export const LOG_KIND = layout.field(2, POSITIONS + 1)
/** The attempt that wrote it: its nonce; SETTLED once nobody will compare it any more. */
export const LOG_WRITER = layout.field(3, POSITIONS + 1)
export const LOG_GENERATION = layout.field(3, POSITIONS + 1)
export const LOG_ID = layout.field(2, POSITIONS + 1)
/** Snapshot positions of the two subtasks. */
export const LOG_READ = layout.field(2, (POSITIONS + 1) * SUBTASKS)
export const LOG_OWES = layout.field(OWED_BITS, POSITIONS + 1)

/** Per name: the records that are prepared under it (one bit each). */
export const NAME_PREPARED = layout.field(RECORDS, GENERATIONS * IDS * SUBTASKS)
/** Per generation, id and subtask: the slot of the pool that its committable names. */
export const SLOT = layout.field(2, GENERATIONS * IDS * SUBTASKS)
export const SEGMENT = layout.field(1, GENERATIONS * IDS * SUBTASKS)
/** How often each record is visible; 3 means more. */
export const VISIBLE = layout.field(2, SUBTASKS * RECORDS)

export const LATE_KIND = layout.field(3)
/** A position, or the index of a name. */
export const LATE_AT = layout.field(5)
/** For a create: kind, writer, generation, id, read positions and owed list. */
export const LATE_ENTRY = layout.field(6, 7)

export const USED_TASK_FAILURES = layout.field(2)
export const USED_FAILED = layout.field(2)
export const FAULT = layout.field(2)
/** The last run stood alone before its last sweep and collection. */
export const QUIET = layout.field(1)
export const FINISHED = layout.field(1)

/** The fields of a run, relative to its start. */
const first = layout.size
export const RUN = first
const runFields: [bits: number, count: number][] = []
function relative(bits: number, count = 1): number {
  runFields.push([bits, count])
  return layout.field(bits, count) - first
}

export const STAGE = relative(3)
/** Second attempt of the same process. */
export const AGAIN = relative(1)
export const GENERATION = relative(3)
/** The position to try next. */
export const NEXT = relative(4)
/** The newest checkpoint below the fence. */
export const NEWEST_AT = relative(4)
export const NEWEST_GENERATION = relative(3)
export const NEWEST_ID = relative(2)
export const NEWEST_OWES = relative(OWED_BITS)
/** Where the tasks of this attempt began: id and read positions. */
export const BASE_ID = relative(2)
export const BASE_READ = relative(2, SUBTASKS)
/** Commits that are not proven yet. */
export const TODO = relative(OWED_BITS)
export const TRIGGERED = relative(2)
export const COMPLETED = relative(2)
/** Bit per id. */
export const FAILED = relative(IDS)
/** Bit per id and subtask. */
export const ACK_SENT = relative(OWED_BITS)
export const ACK_TAKEN = relative(OWED_BITS)
/** What the subtask knew to be complete when it acknowledged; per id and subtask. */
export const ACK_KNOWN = relative(2, OWED_BITS)
export const HANDLED = relative(2, SUBTASKS)
export const KNOWN = relative(2, SUBTASKS)
/** Names of ids up to this one may be used again, as a subtask knows it. */
export const REUSABLE = relative(2, SUBTASKS)
export const APPEND = relative(3)
export const APPEND_ID = relative(2)
export const APPEND_OWES = relative(OWED_BITS)
export const COLLECT = relative(2)
export const COLLECT_FLOOR = relative(4)
export const COLLECT_GENERATION = relative(3)
export const COLLECT_ID = relative(2)
export const RUN_FIELDS = layout.size - first
for (let run = 1; run < RUNS; run++) {
  for (const [bits, count] of runFields) layout.field(bits, count)
}

export const stateLayout: StateLayout = layout
