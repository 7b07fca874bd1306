// What can happen in one step, and how a trace says it. `work`: a run goes on; `fault`: something
// that need not happen. A living run without a step of its own is stuck. R is the run, N a number,
// C a committable.

export interface Action {
  readonly kind: 'work' | 'fault'
  readonly says: string
}

const work = (says: string): Action => ({ kind: 'work', says })
const fault = (says: string): Action => ({ kind: 'fault', says })

export const ACTIONS = {
  start: fault('run R starts and reads the log; the next position is N'),
  fenceCreated: work('run R creates its fence at position N and reads it back'),
  fenceLate: work(
    'run R creates its fence at position N; its answer is lost, the request still under way',
  ),
  fenceLost: work('run R finds another entry in its place, reads on, and goes to position N'),
  fenceStands: work('run R reads the floor: its fence stands, it is generation N'),
  fenceVoid: work('run R reads the floor: what it won is void, it reads the log anew'),
  recoveryCommit: work('run R (recovery) commits C'),
  recoveryCommitLate: work(
    'run R (recovery) commits C; the answer is lost, the request still under way',
  ),
  swept: work('run R sweeps, restores checkpoint N, and its tasks run'),
  acknowledge: work('run R: a subtask handles the barrier, prepares C and acknowledges'),
  decline: fault('run R: a subtask handles the barrier, prepares C and declines'),
  ackArrives: work('run R: the acknowledgement C arrives'),
  ackAgain: fault('run R: the acknowledgement C arrives a second time'),
  hearsComplete: work('run R: subtask N hears which checkpoint is complete'),
  hearsNote: work('run R: subtask N hears of a note that commits are done'),
  giveUp: fault('run R gives checkpoint N up'),
  allAcknowledged: work('run R has all acknowledgements of checkpoint N'),
  entryCreated: work('run R creates the entry of checkpoint N and reads it back'),
  entryLate: work(
    'run R creates the entry of checkpoint N; its answer is lost, the request still under way',
  ),
  entryLost: work('run R finds another entry at position N: it is over'),
  entryStands: work('run R reads the floor: the entry of checkpoint N stands'),
  entryVoid: work('run R reads the floor: what it won is void, it is over'),
  commit: work('run R commits C'),
  commitLate: work('run R commits C; the answer is lost, the request still under way'),
  sweptAgain: work('run R has proven its commits and sweeps what older generations left'),
  floorRaised: work('run R raises the floor to N'),
  collected: work('run R deletes entries up to position N and unneeded segments'),
  finish: work('run R has processed everything and ends'),
  ends: work('run R ends and aborts what no entry names'),
  crash: fault('run R dies'),
  crashLate: fault('run R dies; a request to prepare C is still under way'),
  taskFails: fault('a task of run R fails; it settles its append and goes to position N'),
  taskFailsLate: fault(
    'a task of run R fails; a request to prepare C is still under way; it goes to position N',
  ),
  taskRestarts: fault('a task of run R fails; the tasks restart from checkpoint N at once'),
  beyondBounds: work('run R would need more positions or generations than the search has: it dies'),
  lateLands: fault('the request that was under way takes effect'),
  commitErrorQuiet: work(
    'run R is told that the commit of C is impossible, reads the log, and ends quietly',
  ),
  commitErrorBelieved: work('run R is told that the commit of C is impossible and believes it'),
  entryTakenForFailed: work(
    'run R creates the entry of checkpoint N, sees an error, takes it for a failure and aborts',
  ),
  entryTorn: work('run R begins to write its entry at position N: visible, not yet whole'),
  positionSkipped: work(
    'run R sees an error, does not read what stands there, and tries position N next',
  ),
  sweepLate: fault('run R aborts an orphan; the request is still under way'),
} as const

/** One step in words. `argument` is a number, or a committable as `id * 2 + subtask`. */
export function describeAction(action: Action, run: number, argument: number): string {
  return action.says
    .replace(/\bR\b/, String(run + 1))
    .replace(/\bN\b/, String(argument))
    .replace(/\bC\b/, `(checkpoint ${argument >> 1}, subtask ${argument & 1})`)
}
