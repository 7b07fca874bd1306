// The fields of a state of the Kafka search: the log (each append atomic: the other search has
// shown that it is), the transactional ids at the coordinator, what was prepared, one request that
// is still under way, and up to three runs with one writer each. Generations are ranks of fences.

import { StateLayout } from '../../space/state-layout.ts'

export const RUNS = 3
export const GENERATIONS = 3
/** Highest checkpoint id. */
export const IDS = 3
/** Most slots of a pool. */
export const SLOTS = 4
export const RECORDS = 3
export const NAMES = GENERATIONS * SLOTS
/** The id that all generations share in staged mode. */
export const STAGED_NAME = 0

/** The state of a transactional id at its coordinator. */
export const UNKNOWN = 0
export const EMPTY = 1
export const ONGOING = 2
export const COMMITTED = 3
export const ABORTED = 4
/** Empty since a sweep: it is not swept again. */
export const FENCED = 5

/** What became of something prepared; 0 before it was. */
/** In an open transaction, or staged. */
export const OUTCOME_OPEN = 1
export const OUTCOME_COMMITTED = 2
export const OUTCOME_ABORTED = 3
/** Aborted by none of our runs: its time had passed, or an operator did it. */
export const OUTCOME_TIMED_OUT = 4

/** Where a run is. */
export const IDLE = 0
export const RECOVER = 1
export const FIRST_SWEEP = 2
export const RUNNING = 3
export const ENDED = 4

/** Where the coordinator of a running run is. */
export const APPEND_NONE = 0
export const APPEND_COMMIT = 1
export const APPEND_SWEEP = 2

/** Where a commit is; the numbers of a staged one are its own. */
export const COMMIT_SEND = 0
export const COMMIT_ASK_STATE = 1
export const COMMIT_ASK_LEDGER = 2
export const STAGED_BEGIN = 0
export const STAGED_INITIALIZED = 1
export const STAGED_READ = 2
export const STAGED_SENT = 3
/** The ledger was read before InitProducerId; only with the rule switched off. */
export const STAGED_READ_EARLY = 4

/** Where a slot of the writer is; as `SlotState` of production, 0 for one never taken. */
export const SLOT_NEW = 0
export const SLOT_OPEN = 1
export const SLOT_BOUND = 2
export const SLOT_FREE = 3
export const SLOT_RETIRED = 4

/** Kinds of requests that take effect late. */
export const LATE_NONE = 0
export const LATE_INITIALIZE = 1
export const LATE_PRODUCE = 2
export const LATE_COMMIT = 3

export const FAULT_FALSE_ALARM = 1
export const FAULT_FALSE_PROOF = 2
export const FAULT_REFUSED = 3

const layout = new StateLayout()

/** Fences so far: the generation of the newest run. */
export const FENCES = layout.field(2)
/** The newest checkpoint entry: its generation, id, read position, and what it owes. */
export const NEWEST_GENERATION = layout.field(2)
export const NEWEST_ID = layout.field(2)
export const NEWEST_READ = layout.field(2)
export const NEWEST_OWES = layout.field(IDS)

/** Per transactional id. The epoch stands for producer id and epoch: it never falls. */
export const EPOCH = layout.field(4, NAMES)
export const STATE = layout.field(3, NAMES)
/** The checkpoints whose records are in the open transaction. */
export const CONTENTS = layout.field(IDS, NAMES)
/** Staged: the generation that sends. */
export const CONTENTS_GENERATION = layout.field(2)
/** The ledger of the staged id. */
export const HIGHEST = layout.field(2)
export const LAST = layout.field(2)

/** Per generation and checkpoint: the committable. */
export const PREPARED_SLOT = layout.field(2, GENERATIONS * IDS)
export const PREPARED_EPOCH = layout.field(4, GENERATIONS * IDS)
export const PREPARED_RECORDS = layout.field(RECORDS, GENERATIONS * IDS)
export const OUTCOME = layout.field(3, GENERATIONS * IDS)
/** How often each record is visible; 3 means more. */
export const VISIBLE = layout.field(2, RECORDS)

export const LATE_KIND = layout.field(2)
export const LATE_NAME = layout.field(4)
export const LATE_EPOCH = layout.field(4)
export const LATE_GENERATION = layout.field(2)
export const LATE_ID = layout.field(2)

export const USED_TIMEOUTS = layout.field(2)
export const USED_LOST = layout.field(2)
export const USED_FAILED = layout.field(2)
export const USED_FORGOTTEN = layout.field(2)
export const FAULT = layout.field(2)
/** A run has stopped because a promise cannot be kept. */
export const STOPPED = layout.field(1)
/** The last run stood alone before its last sweep. */
export const QUIET = layout.field(1)
export const FINISHED = layout.field(1)

const first = layout.size
const RUN = first
const runFields: [bits: number, count: number][] = []
function relative(bits: number, count = 1): number {
  runFields.push([bits, count])
  return layout.field(bits, count) - first
}

export const STAGE = relative(3)
export const GENERATION = relative(2)
/** The newest checkpoint below the fence. */
export const BELOW_GENERATION = relative(2)
export const BELOW_ID = relative(2)
export const BELOW_READ = relative(2)
export const BELOW_OWES = relative(IDS)
/** Commits that are not proven yet. */
export const TODO = relative(IDS)
/** The committable that is being committed, where there is a choice; and where its commit is. */
export const CURRENT = relative(2)
export const PHASE = relative(3)
/** The answer that the commit goes by: an index of `answerCodes`. */
export const ANSWER = relative(3)
export const OWN_EPOCH = relative(4)
export const OWN_HIGHEST = relative(2)
/** Names that this sweep still has to end; by generation. */
export const SWEEP = relative(SLOTS, GENERATIONS)
export const APPEND = relative(2)
export const HANDLED = relative(2)
export const COMPLETED = relative(2)
export const FAILED = relative(IDS)
/** What the writer has heard to be complete. */
export const KNOWN = relative(2)
export const SLOT_STATE = relative(3, SLOTS)
export const SLOT_EPOCH = relative(4, SLOTS)
export const SLOT_CHECKPOINT = relative(2, SLOTS)
export const RUN_FIELDS = layout.size - first
for (let run = 1; run < RUNS; run++) {
  for (const [bits, count] of runFields) layout.field(bits, count)
}

export const kafkaLayout: StateLayout = layout

/** Where the fields of a run start. */
export function runAt(index: number): number {
  return RUN + index * RUN_FIELDS
}

/** The index of a committable. */
export function preparedIndex(generation: number, id: number): number {
  return (generation - 1) * IDS + id - 1
}

export function idBit(id: number): number {
  return 1 << (id - 1)
}

/** The lowest id of a set; 0 for none. */
export function firstId(ids: number): number {
  return ids === 0 ? 0 : 32 - Math.clz32(ids & -ids)
}
